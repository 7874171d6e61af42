import { Deadlines } from '../../../src/channel/deadlines.js';
import { ClientConnection } from '../../../src/connection/client-connection.js';
import type { ClientHost, ClientLimits } from '../../../src/connection/client-host.js';
import type { Refusal } from '../../../src/exchange/events.js';
import type { Exchange } from '../../../src/exchange/exchange.js';
import type { Outcome } from '../../../src/exchange/outcome.js';
import type { MutableResponseHead } from '../../../src/exchange/response-head.js';
import { HeaderList } from '../../../src/protocol/http1/header-list.js';
import { ManualClock } from '../../support/manual-clock.js';
import type { ChannelPair } from '../channel/channel-kind.js';
import { memoryChannels } from '../channel/memory-kind.js';

/** A client's connection over a channel in memory, and the process around it in the hands of the test. */
export class ClientStand implements ClientHost {
  readonly clock = new ManualClock();
  readonly deadlines = new Deadlines(this.clock);
  readonly limits: ClientLimits = {
    head: { maxHeadBytes: 64 * 1024, maxHeaders: 100, maxLineBytes: 8 * 1024 },
    maxBodyBytes: 1_000,
    headerTimeoutMs: 10_000,
    keepaliveTimeoutMs: 75_000,
    readTimeoutMs: 60_000,
    writeTimeoutMs: 60_000,
  };
  draining = false;
  readonly pseudonym = 'toyou-proxy-test';
  readonly exchanges: Exchange[] = [];
  readonly outcomes: Outcome[] = [];
  readonly refusals: Refusal[] = [];
  closings = 0;
  /** What is done with a request. */
  serve: (exchange: Exchange) => void = (exchange) => answer(exchange);
  readonly #kind = memoryChannels('of a client');
  #ids = 0;

  readonly nowMs = this.clock.nowMs;

  nextTurn(run: () => void): void {
    setImmediate(run);
  }

  newId(): string {
    return `id-${++this.#ids}`;
  }

  handle(exchange: Exchange): void {
    this.exchanges.push(exchange);
    this.serve(exchange);
  }

  requestRefused(refusal: Refusal): void {
    this.refusals.push(refusal);
  }

  response(exchange: Exchange, _head: MutableResponseHead, then: () => void): void {
    if (!exchange.ended) then();
  }

  ended(_exchange: Exchange, outcome: Outcome): void {
    this.outcomes.push(outcome);
  }

  async connect(): Promise<ChannelPair & { readonly connection: ClientConnection }> {
    const pair = await this.#kind.open();
    const endpoint = { peerAddress: '192.0.2.1', peerPort: 5_000, listenerPort: 80, scheme: 'http' } as const;
    const connection = new ClientConnection(pair.channel, endpoint, this, () => {
      this.closings++;
    });
    return { ...pair, connection };
  }

  settle(): Promise<void> {
    return this.#kind.settle();
  }

  /** Lets time pass as the sweeps see it. */
  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    await this.settle();
  }
}

/** Answers with the target as the body. */
export function answer(exchange: Exchange): void {
  exchange.sendLocal({ status: 200, headers: new HeaderList(), body: Buffer.from(exchange.request.head.target) });
}

/** What {@link answer} sends on a connection that goes on. */
export function answered(target: string, lines = ''): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${target.length}\r\n${lines}\r\n${target}`;
}
