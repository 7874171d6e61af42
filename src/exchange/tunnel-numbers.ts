import { Histogram, LATENCY_BOUNDS, LIFETIME_BOUNDS, SIZE_BOUNDS } from './histogram.js';

/** One direction of all tunnels of a route and service. Added to by their legs, where it happens. */
export class DirectionNumbers {
  /** Bytes that were relayed. */
  bytes = 0;
  /** Whole messages by the opcode of their first frame. */
  textMessages = 0;
  binaryMessages = 0;
  /** Control frames that were seen, those included that answer ours. */
  pings = 0;
  pongs = 0;
  closes = 0;
  /** Of a message, as on the wire, in bytes. */
  readonly messageBytes = new Histogram(SIZE_BOUNDS);
  /** How long a message waited in the proxy, in seconds: 0 unless it was held back. */
  readonly messageWaitSeconds = new Histogram(LATENCY_BOUNDS);
  /** Our pings to the side this comes from, until their pong, in seconds. */
  readonly roundTripSeconds = new Histogram(LATENCY_BOUNDS);
}

/** What all tunnels of a route and service have counted together. Survives reloads; only grows. */
export class TunnelNumbers {
  readonly route: string;
  readonly service: string;
  active = 0;
  opened = 0;
  /** Handshakes that came to no tunnel, by their cause: an error code, or `answered` by the backend or a middleware. */
  readonly refused = new Map<string, number>();
  /** Ends by `code initiator cause`, the code being the first that was sent or received, 1006 where there was none. */
  readonly closes = new Map<string, number>();
  /** Messages that were held back or ended the tunnel for their rate. */
  delayedMessages = 0;
  rateClosed = 0;
  readonly fromClient = new DirectionNumbers();
  readonly fromBackend = new DirectionNumbers();
  /** From the request's first byte to the 101, in seconds. */
  readonly handshakeSeconds = new Histogram(LATENCY_BOUNDS);
  readonly tunnelSeconds = new Histogram(LIFETIME_BOUNDS);

  constructor(route: string, service: string) {
    this.route = route;
    this.service = service;
  }
}

/** The numbers of every route and service that ever had a handshake. */
export class TunnelNumbersTable implements Iterable<TunnelNumbers> {
  readonly #routes = new Map<string, Map<string, TunnelNumbers>>();

  /** @param route its name, the label; empty: none was found */
  of(route: string, service: string): TunnelNumbers {
    let services = this.#routes.get(route);
    if (services === undefined) {
      services = new Map();
      this.#routes.set(route, services);
    }
    let numbers = services.get(service);
    if (numbers === undefined) {
      numbers = new TunnelNumbers(route, service);
      services.set(service, numbers);
    }
    return numbers;
  }

  *[Symbol.iterator](): Iterator<TunnelNumbers> {
    for (const services of this.#routes.values()) yield* services.values();
  }
}
