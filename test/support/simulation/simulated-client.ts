import type { Channel, ChannelOwner } from '../../../src/channel/channel.js';
import type { Clock } from '../../../src/exchange/clock.js';
import { type Message, MessageReader } from './message-reader.js';
import { type Plan, pattern } from './plan.js';
import type { SeededRandom } from './random.js';
import { TunnelPeer } from './tunnel-peer.js';

/** One client connection of a scenario: sends its plans in order, reads strictly, judges what it gets. */
export class SimulatedClient implements ChannelOwner {
  readonly faults: string[] = [];
  /** Has the channel after an upgrade. */
  peer: TunnelPeer | null = null;
  /** Complete final responses, in order. */
  answered = 0;
  readonly #channel: Channel;
  readonly #plans: readonly Plan[];
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  readonly #pipelining: boolean;
  readonly #reader: MessageReader;
  #sent = 0;
  #judged = 0;
  #final = 0;
  #over = false;

  constructor(channel: Channel, plans: readonly Plan[], clock: Clock, random: SeededRandom) {
    this.#channel = channel;
    this.#plans = plans;
    this.#clock = clock;
    this.#random = random;
    this.#pipelining = random.chance(0.3);
    this.#reader = new MessageReader((line) => this.#ruleFor(line));
    channel.owner = this;
    channel.resume();
    this.#sendNext();
    if (random.chance(0.15)) clock.after(random.integer(0, 5000), () => channel.destroy(random.chance(0.5)));
    // A client that nobody answers leaves in the end.
    clock.after(200_000, () => channel.destroy());
  }

  onChunk(bytes: Buffer, from: number, to: number): number {
    const text = bytes.toString('latin1', from, to);
    try {
      this.#reader.feed(text);
      this.#judge();
    } catch (error) {
      this.#fault(String(error));
    }
    return to - from;
  }

  onEnd(): void {
    this.#reader.end();
    this.#judge();
    this.#channel.end();
  }

  onWritable(): void {}

  onWriteFailed(): void {}

  onClose(): void {
    this.#over = true;
  }

  #ruleFor(startLine: string): 'by-head' | 'none' {
    const status = Number(startLine.slice(9, 12));
    const plan = this.#plans[this.#final];
    if (status >= 200) this.#final++;
    const bodyless = status < 200 || status === 204 || status === 304 || plan?.method === 'HEAD';
    return bodyless ? 'none' : 'by-head';
  }

  #sendNext(): void {
    if (this.#over) return;
    const plan = this.#plans[this.#sent];
    if (plan === undefined) {
      if (this.#random.chance(0.5)) this.#channel.end();
      return;
    }
    this.#sent++;
    this.#channel.writeText(requestText(plan, this.#random));
    const last = plan.close || plan.kind === 'websocket' || plan.http10;
    if (last) return;
    if (this.#pipelining && this.#sent < this.#plans.length) this.#sendNext();
  }

  #judge(): void {
    const { messages } = this.#reader;
    while (this.#judged < messages.length) {
      const message = messages[this.#judged] as Message;
      if (!message.complete) return;
      this.#judged++;
      const status = Number(message.startLine.slice(9, 12));
      if (status === 101) this.#tunnelOpened();
      else if (status >= 200) this.#judgeFinal(message, status);
    }
  }

  #judgeFinal(message: Message, status: number): void {
    const plan = this.#plans[this.answered];
    this.answered++;
    if (plan === undefined) {
      this.#fault(`a response to no request: ${message.startLine}`);
      return;
    }
    const planned = message.headers.get('x-plan');
    if (planned !== undefined) this.#judgePlanned(message, status, plan, planned);
    else if (status < 400) this.#fault(`${status} without a plan for ${plan.id}`);
    if (!this.#pipelining) this.#sendNext();
  }

  #judgePlanned(message: Message, status: number, plan: Plan, planned: string): void {
    if (planned !== plan.id) this.#fault(`the response of ${planned} came for ${plan.id}`);
    if (status !== plan.status) this.#fault(`${plan.id}: ${status} instead of ${plan.status}`);
    const bodyless = plan.method === 'HEAD' || status === 204 || status === 304;
    const expected = bodyless ? '' : pattern(`s${plan.id}`, plan.responseBytes);
    if (message.body !== expected) {
      this.#fault(`${plan.id}: ${message.body.length} bytes look whole instead of ${expected.length}`);
    }
  }

  /** From here on an endpoint that speaks frames has the channel. */
  #tunnelOpened(): void {
    this.#reader.becomeRaw();
    const random = this.#random;
    const leaving = random.pick(['close', 'close', 'end', 'reset', 'stay'] as const);
    const plan = { messages: random.integer(0, 4), leaving, closeCode: 1000, rude: false, maxPayloadBytes: 500 };
    this.peer = new TunnelPeer(this.#channel, { role: 'client', ...plan }, this.#clock, random);
    const rest = Buffer.from(this.#reader.rest, 'latin1');
    if (rest.length > 0) this.peer.onChunk(rest, 0, rest.length);
  }

  #fault(text: string): void {
    this.faults.push(`client: ${text}`);
  }
}

function requestText(plan: Plan, random: SeededRandom): string {
  const version = plan.http10 ? 'HTTP/1.0' : 'HTTP/1.1';
  let head = `${plan.method} /${plan.id} ${version}\r\nHost: test\r\nX-Plan: ${plan.id}\r\n`;
  if (plan.close) head += 'Connection: close\r\n';
  if (plan.expectContinue) head += 'Expect: 100-continue\r\n';
  if (plan.kind === 'sse') head += 'Accept: text/event-stream\r\n';
  if (plan.kind === 'websocket') {
    head += 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n';
    return `${head}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;
  }
  const body = pattern(`q${plan.id}`, plan.requestBytes);
  if (plan.requestChunked) {
    const cut = random.integer(0, body.length);
    const chunks = [body.slice(0, cut), body.slice(cut)].filter((piece) => piece !== '');
    const framed = chunks.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join('');
    return `${head}Transfer-Encoding: chunked\r\n\r\n${framed}0\r\n\r\n`;
  }
  const length = body !== '' || plan.method === 'POST' ? `Content-Length: ${body.length}\r\n` : '';
  return `${head}${length}\r\n${body}`;
}
