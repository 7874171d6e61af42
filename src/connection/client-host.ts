import type { Channel } from '../channel/channel.js';
import type { Deadlines } from '../channel/deadlines.js';
import type { ClientTls } from '../exchange/client-tls.js';
import type { Refusal } from '../exchange/events.js';
import type { Exchange, ExchangePhases } from '../exchange/exchange.js';
import type { HeadLimits } from '../protocol/http1/head-collector.js';

/** What client connections are held to. Read at each use: a reload changes it under open connections. */
export interface ClientLimits {
  readonly head: HeadLimits;
  /** Payload bytes of a request body; 0: no limit. */
  readonly maxBodyBytes: number;
  /** From the first byte of a head, the first head from accept. */
  readonly headerTimeoutMs: number;
  /** Between a response and the next request. */
  readonly keepaliveTimeoutMs: number;
  /** Used until a route with its own is found. */
  readonly readTimeoutMs: number;
  readonly writeTimeoutMs: number;
}

/** Everything a client connection needs of the process around it. */
export interface ClientHost extends ExchangePhases {
  readonly deadlines: Deadlines;
  readonly limits: ClientLimits;
  /** True while shutting down: connections end after their response. */
  readonly draining: boolean;
  /** Our own name in Via. */
  readonly pseudonym: string;
  nowMs(): number;
  newId(): string;
  /** Runs `run` in the next turn of the event loop, after others had theirs. */
  nextTurn(run: () => void): void;
  /** One request was read: takes the exchange from here. */
  handle(exchange: Exchange): void;
  /** A request was refused before it became an exchange. */
  requestRefused(refusal: Refusal): void;
}

/** The address a client connection came to. */
export interface ClientEndpoint {
  readonly peerAddress: string;
  readonly peerPort: number;
  readonly listenerPort: number;
  readonly scheme: 'http' | 'https';
  /** Of a TLS connection: what came of its handshake, from the first request on. */
  readonly handshake?: { readonly tls: ClientTls | null };
  /**
   * Where TLS waits for a PROXY header: begins the handshake with what came behind it. The channel it is called for is
   * of no use any more; the one that is returned goes on.
   */
  readonly startTls?: (client: ClientEndpoint) => [Channel, ClientEndpoint];
}
