import type { Channel, ChannelOwner } from '../../../src/channel/channel.js';
import type { Clock } from '../../../src/exchange/clock.js';
import { acceptFor } from '../../../src/protocol/websocket/handshake.js';
import { type Message, MessageReader } from './message-reader.js';
import { type Plan, pattern } from './plan.js';
import type { SeededRandom } from './random.js';
import { type Leaving, TunnelPeer } from './tunnel-peer.js';

/** What the backends of a scenario saw, for the judge. */
export interface BackendRecord {
  /** How often the head of a request came, by its id. */
  readonly heads: Map<string, number>;
  readonly faults: string[];
  /** Endpoints of upgraded connections. */
  readonly peers: TunnelPeer[];
}

/** One connection to a simulated backend: reads strictly, answers as each request's plan says. */
export class SimulatedBackend implements ChannelOwner {
  readonly #channel: Channel;
  readonly #plans: ReadonlyMap<string, Plan>;
  readonly #record: BackendRecord;
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  readonly #reader = new MessageReader(() => 'by-head');
  #answered = 0;
  #over = false;

  constructor(
    channel: Channel,
    plans: ReadonlyMap<string, Plan>,
    record: BackendRecord,
    clock: Clock,
    random: SeededRandom,
  ) {
    this.#channel = channel;
    this.#plans = plans;
    this.#record = record;
    this.#clock = clock;
    this.#random = random;
    channel.owner = this;
    channel.resume();
  }

  onChunk(bytes: Buffer, from: number, to: number): number {
    const text = bytes.toString('latin1', from, to);
    const before = this.#reader.messages.length;
    try {
      this.#reader.feed(text);
    } catch (error) {
      this.#record.faults.push(`backend: ${String(error)}`);
      this.#over = true;
      this.#channel.destroy();
      return to - from;
    }
    for (const message of this.#reader.messages.slice(before)) this.#headCame(message);
    this.#answerNext();
    return to - from;
  }

  onEnd(): void {
    this.#channel.end();
  }

  onWritable(): void {
    this.#channel.resume();
  }

  onWriteFailed(): void {}

  onClose(): void {
    this.#over = true;
  }

  #headCame(message: Message): void {
    const id = message.headers.get('x-plan') ?? '?';
    this.#record.heads.set(id, (this.#record.heads.get(id) ?? 0) + 1);
    const plan = this.#plans.get(id);
    if (plan === undefined) {
      this.#record.faults.push(`backend: a request that nobody sent: ${message.startLine}`);
    } else if (plan.kind === 'websocket') {
      this.#reader.becomeRaw();
    }
  }

  #answerNext(): void {
    const message = this.#reader.messages[this.#answered];
    const plan = this.#plans.get(message?.headers.get('x-plan') ?? '');
    if (message === undefined || plan === undefined) return;
    if (!message.complete && plan.backend !== 'answer-early') return;
    this.#answered++;
    if (message.complete && message.body !== pattern(`q${plan.id}`, plan.requestBytes)) {
      this.#record.faults.push(`backend: request ${plan.id} came with another body`);
    }
    this.#clock.after(plan.backendDelayMs, () => this.#answer(message, plan));
  }

  #answer(message: Message, plan: Plan): void {
    if (this.#over) return;
    for (let count = 0; count < plan.informational; count++) {
      this.#channel.writeText('HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n');
    }
    if (plan.backend === 'reset-at-once') this.#channel.destroy(true);
    else if (plan.backend === 'garbage') this.#channel.writeText('HTTP/1.1 2OO what\r\nno colon\r\n\r\n');
    else if (plan.backend === 'silence') return;
    else if (plan.kind === 'websocket') this.#upgrade(message, plan);
    else this.#respond(message, plan);
  }

  #upgrade(message: Message, plan: Plan): void {
    if (plan.backend === 'end-midway') {
      this.#channel.writeText('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
      return;
    }
    const accept = acceptFor(message.headers.get('sec-websocket-key') ?? '');
    this.#channel.writeText(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    const random = this.#random;
    const leaving: Leaving = plan.backend === 'reset-midway' ? 'reset' : random.pick(['close', 'stay']);
    const own = { messages: random.integer(0, 4), leaving, closeCode: 1000, rude: false, maxPayloadBytes: 500 };
    const peer = new TunnelPeer(this.#channel, { role: 'backend', ...own }, this.#clock, random);
    this.#record.peers.push(peer);
    const rest = Buffer.from(this.#reader.rest, 'latin1');
    if (rest.length > 0) peer.onChunk(rest, 0, rest.length);
  }

  #respond(message: Message, plan: Plan): void {
    const bodyless = plan.method === 'HEAD' || plan.status === 204 || plan.status === 304;
    const body = pattern(`s${plan.id}`, plan.responseBytes);
    const type = plan.kind === 'sse' ? 'Content-Type: text/event-stream\r\n' : '';
    const framing =
      plan.responseFraming === 'length'
        ? `Content-Length: ${body.length}\r\n`
        : plan.responseFraming === 'chunked'
          ? 'Transfer-Encoding: chunked\r\n'
          : '';
    const head = `HTTP/1.1 ${plan.status} Fine\r\nX-Plan: ${plan.id}\r\n${type}${framing}\r\n`;
    const framed = bodyless ? '' : plan.responseFraming === 'chunked' ? this.#chunked(body) : body;
    const whole = head + framed;
    const early = !message.complete;
    if (plan.backend === 'reset-midway' || (plan.backend === 'end-midway' && plan.responseFraming !== 'until-close')) {
      this.#channel.writeText(whole.slice(0, this.#random.integer(0, Math.max(0, whole.length - 1))));
      if (plan.backend === 'reset-midway') this.#channel.destroy(true);
      else this.#channel.end();
      return;
    }
    this.#channel.writeText(whole);
    if (early || (plan.responseFraming === 'until-close' && !bodyless) || this.#random.chance(0.1)) this.#channel.end();
    else this.#answerNext();
  }

  #chunked(body: string): string {
    let text = '';
    for (let at = 0; at < body.length; ) {
      const size = Math.min(body.length - at, this.#random.integer(1, 4000));
      const extension = this.#random.chance(0.1) ? ';a=b' : '';
      const zeros = this.#random.chance(0.1) ? '00' : '';
      text += `${zeros}${size.toString(16)}${extension}\r\n${body.slice(at, at + size)}\r\n`;
      at += size;
    }
    return `${text}0\r\n${this.#random.chance(0.2) ? 'X-Trailer: yes\r\n' : ''}\r\n`;
  }
}
