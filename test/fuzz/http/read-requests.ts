import { Deadlines } from '../../../src/channel/deadlines.js';
import type { BodyReader } from '../../../src/connection/body-reader.js';
import { ClientConnection } from '../../../src/connection/client-connection.js';
import type { ClientHost, ClientLimits } from '../../../src/connection/client-host.js';
import type { BodySink } from '../../../src/exchange/body.js';
import type { Refusal } from '../../../src/exchange/events.js';
import type { Exchange } from '../../../src/exchange/exchange.js';
import type { Outcome } from '../../../src/exchange/outcome.js';
import type { ProxyError } from '../../../src/exchange/proxy-error.js';
import type { MutableResponseHead } from '../../../src/exchange/response-head.js';
import { HeaderList } from '../../../src/protocol/http1/header-list.js';
import { ManualClock } from '../../support/manual-clock.js';
import { FedChannel } from '../fed-channel.js';

/** A request as we read it. */
export interface ReadRequest {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  readonly fields: readonly string[];
  readonly chunked: boolean;
  payload: string;
  whole: boolean;
}

export interface ReadRequests {
  readonly requests: readonly ReadRequest[];
  /** The bodies as they go on, framing and all; they may be framed in other chunk lines by how they came. */
  readonly relayed: readonly string[];
  /** `open`: another request could follow. `head`: one has begun. `closed`: the connection ends. Else a code. */
  readonly end: string;
  /** The statuses that were sent. */
  readonly statuses: readonly number[];
}

/** Has a connection of ours read these pieces; each request is answered when it is whole. */
export function readRequests(pieces: readonly Buffer[]): ReadRequests {
  const host = new ReadingHost();
  const { channel } = host;
  const endpoint = { peerAddress: '192.0.2.1', peerPort: 5000, listenerPort: 80, scheme: 'http' } as const;
  const connection = new ClientConnection(channel, endpoint, host, () => {});
  channel.feed(pieces, false);
  const open = host.bodyOpen ? 'body' : connection.idle ? 'open' : channel.ended ? 'closed' : 'head';
  const statuses = [...channel.text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
  return { requests: host.requests, relayed: host.relayed, end: host.refused ?? open, statuses };
}

class ReadingHost implements ClientHost {
  readonly channel = new FedChannel();
  readonly requests: ReadRequest[] = [];
  readonly relayed: string[] = [];
  refused: string | null = null;
  bodyOpen = false;
  readonly draining = false;
  readonly pseudonym = 'toyou-proxy-test';
  readonly limits: ClientLimits = {
    head: { maxHeadBytes: 64 * 1024, maxHeaders: 100, maxLineBytes: 8 * 1024 },
    maxBodyBytes: 0,
    headerTimeoutMs: 10_000,
    keepaliveTimeoutMs: 75_000,
    readTimeoutMs: 60_000,
    writeTimeoutMs: 60_000,
  };
  readonly #clock = new ManualClock();
  readonly deadlines = new Deadlines(this.#clock);
  readonly nowMs = this.#clock.nowMs;

  nextTurn(run: () => void): void {
    this.channel.later(run);
  }

  newId(): string {
    return 'id';
  }

  requestRefused({ error }: Refusal): void {
    this.refused = error.code;
  }

  response(_exchange: Exchange, _head: MutableResponseHead, then: () => void): void {
    then();
  }

  ended(_exchange: Exchange, { error }: Outcome): void {
    if (error !== null) this.refused = error.code;
  }

  handle(exchange: Exchange): void {
    const { head, body } = exchange.request;
    const request: ReadRequest = {
      method: head.method,
      target: head.target,
      version: `1.${head.minorVersion}`,
      fields: [...head.headers].flat(),
      chunked: body.framing.kind === 'chunked',
      payload: '',
      whole: false,
    };
    const index = this.requests.push(request) - 1;
    this.relayed.push('');
    const reader = body as BodyReader;
    reader.onPayload = (bytes, from, to) => {
      request.payload += bytes.toString('latin1', from, to);
    };
    this.bodyOpen = true;
    reader.start(this.#sink(exchange, request, index));
  }

  #sink(exchange: Exchange, request: ReadRequest, index: number): BodySink {
    return {
      onBodyBytes: (bytes, from, to) => {
        this.relayed[index] += bytes.toString('latin1', from, to);
        return true;
      },
      onBodyEnd: () => {
        this.bodyOpen = false;
        request.whole = true;
        exchange.sendLocal({ status: 200, headers: new HeaderList(), body: Buffer.alloc(0) });
      },
      onBodyFailed: (error: ProxyError) => {
        this.bodyOpen = false;
        exchange.fail(error);
      },
    };
  }
}
