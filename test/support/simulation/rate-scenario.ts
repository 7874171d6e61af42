import type { Channel, ChannelOwner } from '../../../src/channel/channel.js';
import type { Config } from '../../../src/config/config.js';
import type { ProxyEvents } from '../../../src/exchange/events.js';
import { silentLog } from '../../../src/exchange/log.js';
import type { MiddlewareType } from '../../../src/exchange/middleware.js';
import { rateLimit } from '../../../src/middleware/rate-limit.js';
import { createProxy } from '../../../src/proxy.js';
import { linkTraits } from './link-traits.js';
import { memoryChannelPair } from './memory-channel.js';
import { type Message, MessageReader } from './message-reader.js';
import { SeededRandom } from './random.js';
import { SimulatedClock } from './simulated-clock.js';

/** A request as the proxy took it. */
export interface TakenRequest {
  readonly address: string;
  readonly atMs: number;
  readonly status: number;
}

export interface RateScenario {
  readonly clients: number;
  readonly requestsEach: number;
  /** Between an answer and the next request of a client, at most. */
  readonly maxPauseMs: number;
  /** Whose addresses the clients have, in turn. */
  readonly addresses: readonly string[];
}

export interface RateReport {
  /** In the order of their coming. */
  readonly requests: readonly TakenRequest[];
  /** The answers that clients read, by status. */
  readonly read: ReadonlyMap<number, number>;
  /** Buckets that were there at the end of each request, at most. */
  readonly mostBuckets: number;
}

const SCENARIO_MS = 3_600_000;
const STOP_MS = 60_000;
const UPGRADE =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';

/** Many clients at once, over simulated links, to a proxy with one `rate_limit` middleware of that name. */
export async function runRateScenario(seed: number, config: Config, scenario: RateScenario): Promise<RateReport> {
  const random = new SeededRandom(seed);
  const clock = new SimulatedClock();
  const requests: TakenRequest[] = [];
  const read = new Map<number, number>();
  let buckets = (): number => 0;
  let mostBuckets = 0;
  const watched: MiddlewareType = {
    ...rateLimit,
    create: (name, options, host) => {
      const table = host.rateBuckets.hold(name);
      buckets = () => table.size;
      return rateLimit.create(name, rateLimit.optionsSchema.parse(options), host);
    },
  };
  const events: Pick<ProxyEvents, 'exchangeEnded'> = {
    exchangeEnded: ({ client, startedAtMs }, { status }) => {
      requests.push({ address: client.address, atMs: startedAtMs, status });
      mostBuckets = Math.max(mostBuckets, buckets());
    },
  };
  const proxy = createProxy({
    config,
    log: silentLog,
    clock,
    random: random.next,
    events: { ...noEvents, ...events },
    middlewareTypes: new Map([['rate_limit', watched]]),
    dialer: (_address, listener) => {
      const [near, far] = memoryChannelPair(clock, random, linkTraits(random));
      answerAll(far);
      clock.after(0, () => listener.dialConnected(near));
      return () => {};
    },
  });
  let left = scenario.clients;
  for (let index = 0; index < scenario.clients; index++) {
    const peerAddress = scenario.addresses[index % scenario.addresses.length] as string;
    const connect = (): Channel => {
      const [near, far] = memoryChannelPair(clock, random, linkTraits(random));
      proxy.accept(far, { peerAddress, peerPort: 1000 + index, listenerPort: 80, scheme: 'http' });
      return near;
    };
    const came = (status: number): void => void read.set(status, (read.get(status) ?? 0) + 1);
    new AskingClient(connect, scenario, clock, random, came, () => left--);
  }
  await clock.runUntil(SCENARIO_MS, () => left === 0);
  // Clients may be on their way out still: without time going on they never are.
  await clock.runWhile(proxy.stop(), STOP_MS);
  return { requests: requests.sort((a, b) => a.atMs - b.atMs), read, mostBuckets };
}

const noEvents: ProxyEvents = {
  requestRefused: () => {},
  exchangeEnded: () => {},
  tunnelOpened: () => {},
  tunnelClosed: () => {},
  connectionRefused: () => {},
  backendChanged: () => {},
};

/** Reads messages, and tells of each that is whole. */
class Reader implements ChannelOwner {
  readonly #channel: Channel;
  readonly #came: (message: Message) => void;
  readonly #reader = new MessageReader(() => 'by-head');
  #told = 0;

  constructor(channel: Channel, came: (message: Message) => void) {
    this.#channel = channel;
    this.#came = came;
    channel.owner = this;
    channel.resume();
  }

  onChunk(bytes: Buffer, from: number, to: number): number {
    this.#reader.feed(bytes.toString('latin1', from, to));
    const { messages } = this.#reader;
    for (let next = messages[this.#told]; next?.complete; next = messages[this.#told]) {
      this.#told++;
      this.#came(next);
    }
    return to - from;
  }

  onEnd(): void {
    this.#channel.end();
  }

  onWritable(): void {}
  onWriteFailed(): void {}
  onClose(): void {}
}

/** A backend: handshakes too get their 200, which is no tunnel. */
function answerAll(channel: Channel): void {
  new Reader(channel, () => void channel.writeText('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
}

/** One request in eight is a handshake. A connection that the proxy ends gets a successor. */
class AskingClient {
  readonly #connect: () => Channel;
  readonly #scenario: RateScenario;
  readonly #clock: SimulatedClock;
  readonly #random: SeededRandom;
  readonly #came: (status: number) => void;
  readonly #done: () => void;
  #channel: Channel | null = null;
  #asked = 0;

  constructor(
    connect: () => Channel,
    scenario: RateScenario,
    clock: SimulatedClock,
    random: SeededRandom,
    came: (status: number) => void,
    done: () => void,
  ) {
    this.#connect = connect;
    this.#scenario = scenario;
    this.#clock = clock;
    this.#random = random;
    this.#came = came;
    this.#done = done;
    this.#askSoon();
  }

  #answered({ startLine, headers }: Message): void {
    this.#came(Number(startLine.slice(9, 12)));
    const over = this.#asked === this.#scenario.requestsEach;
    if (over || headers.get('connection') === 'close') {
      this.#channel?.end();
      this.#channel = null;
    }
    if (over) this.#done();
    else this.#askSoon();
  }

  #askSoon(): void {
    this.#asked++;
    const upgrade = this.#random.chance(0.125) ? UPGRADE : '';
    this.#clock.after(this.#random.next() * this.#scenario.maxPauseMs, () => {
      if (this.#channel === null) {
        this.#channel = this.#connect();
        new Reader(this.#channel, (message) => this.#answered(message));
      }
      this.#channel.writeText(`GET /${this.#asked} HTTP/1.1\r\nHost: test\r\n${upgrade}\r\n`);
    });
  }
}
