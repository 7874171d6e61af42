import type { Deadlines } from '../channel/deadlines.js';
import type { BackendConnection } from '../connection/backend-connection.js';
import type { Exchange } from '../exchange/exchange.js';
import type { ConnectionView, OpenConnection } from '../exchange/open-connection.js';
import type { ForwarderHost } from './forwarder-host.js';
import type { LongLived } from './long-lived.js';

/** An event stream as wings see it. */
class OpenStream implements OpenConnection {
  readonly exchange: Exchange;
  readonly backendUrl: string | null;
  readonly openedAtMs: number;
  readonly #stream: LongLived;
  readonly #connection: BackendConnection | null;
  readonly #deadlines: Deadlines;
  #closing = false;

  constructor(stream: LongLived, connection: BackendConnection | null, { deadlines, nowMs }: StreamHost) {
    this.exchange = stream.exchange;
    this.backendUrl = stream.backend?.url ?? null;
    this.openedAtMs = nowMs();
    this.#stream = stream;
    this.#connection = connection;
    this.#deadlines = deadlines;
  }

  get heldBytes(): number {
    return this.exchange.writer.queuedBytes;
  }

  get congested(): boolean {
    return this.exchange.writer.congested;
  }

  view(): ConnectionView {
    const { exchange } = this;
    const { queuedBytes, congested, bytesWritten } = exchange.writer;
    const channel = this.#connection?.channel;
    const { nowMs } = this.#deadlines;
    const plain = { pings: 0, pongs: 0, roundTripMs: null };
    const bytes = exchange.request.body.bytesSeen;
    return {
      state: this.#closing || exchange.ended ? 'closing' : 'open',
      subprotocol: '',
      extensions: '',
      client: { ...plain, bytes, messages: 0, silentMs: null, congested, queuedBytes },
      backend: {
        ...plain,
        bytes: bytesWritten,
        messages: exchange.events,
        silentMs: this.#connection === null ? null : nowMs - this.#connection.activeAtMs,
        congested: channel?.congested ?? false,
        queuedBytes: channel?.queuedBytes ?? 0,
      },
    };
  }

  close(): void {
    this.#closing = true;
    this.#stream.drain('closed by an operator');
  }
}

type StreamHost = Pick<ForwarderHost, 'deadlines' | 'events' | 'nowMs' | 'longLived'>;

/** An event stream goes on from here: it is ended by a drain, and the wings are told. */
export function openStream(stream: LongLived, connection: BackendConnection | null, host: StreamHost): void {
  host.longLived.add(stream);
  host.events.streamOpened?.(stream.exchange, new OpenStream(stream, connection, host));
}
