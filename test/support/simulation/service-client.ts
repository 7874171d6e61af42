import { type Channel, type ChannelOwner, noOwner } from '../../../src/channel/channel.js';
import type { Clock, Timer } from '../../../src/exchange/clock.js';
import { type Message, MessageReader } from './message-reader.js';
import { pattern } from './plan.js';
import type { SeededRandom } from './random.js';
import { TunnelPeer } from './tunnel-peer.js';

/** Longer than all timeouts and tries of any configuration, one after the other. */
const PATIENCE_MS = 60_000;
/** Too much to be kept for another try. */
const MUCH_BYTES = 70_000;

export interface ServiceRequest {
  readonly id: string;
  readonly method: 'GET' | 'PUT' | 'POST';
  readonly upgrade: boolean;
  readonly bytes: number;
}

export interface ServiceAnswer {
  readonly request: ServiceRequest;
  /** 0: none came. */
  readonly status: number;
  /** The host of the machine that answered; null: it was not one. */
  readonly machine: string | null;
}

/** What a client needs of the scenario. */
export interface ClientSurroundings {
  readonly clock: Clock;
  readonly random: SeededRandom;
  connect(): Channel;
  answered(answer: ServiceAnswer): void;
  cookieSet(cookie: string, machine: string): void;
  /** False: it leaves before its answer, at times. */
  readonly patient: boolean;
  readonly faults: string[];
}

export function drawRequest(id: string, random: SeededRandom): ServiceRequest {
  const upgrade = random.chance(0.25);
  const method = upgrade ? 'GET' : random.pick(['GET', 'GET', 'PUT', 'POST'] as const);
  const bytes = method === 'GET' ? 0 : random.chance(0.05) ? MUCH_BYTES : random.size(3000);
  return { id, method, upgrade, bytes };
}

/** A client with a cookie jar of one: sends its requests one after the other, and judges the answers. */
export class ServiceClient implements ChannelOwner {
  /** Every request is over, and so is the connection. */
  done = false;
  readonly #around: ClientSurroundings;
  readonly #requests: ServiceRequest[];
  #channel: Channel | null = null;
  #reader = new MessageReader(responseRule);
  #judged = 0;
  #present: ServiceRequest | null = null;
  #impatience: Timer | null = null;
  #cookie: string | null = null;

  constructor(requests: readonly ServiceRequest[], around: ClientSurroundings) {
    this.#requests = [...requests];
    this.#around = around;
    this.#next();
  }

  onChunk(bytes: Buffer, from: number, to: number): number {
    try {
      this.#reader.feed(bytes.toString('latin1', from, to));
      this.#judge();
    } catch (error) {
      this.#around.faults.push(`client: ${String(error)}`);
      this.#channel?.destroy();
    }
    return to - from;
  }

  onEnd(): void {
    this.#channel?.end();
  }

  onWritable(): void {}

  onWriteFailed(): void {}

  onClose(): void {
    this.#channel = null;
    if (this.#present !== null) this.#over(0, null);
    else if (this.#requests.length === 0) this.done = true;
  }

  #next(): void {
    const request = this.#requests.shift();
    if (request === undefined) {
      if (this.#channel === null) this.done = true;
      else this.#channel.end();
      return;
    }
    this.#present = request;
    const { clock, faults, random } = this.#around;
    if (this.#channel === null) {
      this.#reader = new MessageReader(responseRule);
      this.#judged = 0;
      this.#channel = this.#around.connect();
      this.#channel.owner = this;
      this.#channel.resume();
    }
    const channel = this.#channel;
    this.#impatience = clock.after(PATIENCE_MS, () => {
      faults.push(`client: ${request.id} (${request.method}) has no end after ${PATIENCE_MS / 1000} s`);
      channel.destroy();
    });
    if (!this.#around.patient && random.chance(0.12)) {
      clock.after(random.integer(0, 3000), () => {
        if (this.#present === request) channel.destroy(random.chance(0.5));
      });
    }
    this.#send(request, channel);
  }

  #send(request: ServiceRequest, channel: Channel): void {
    const { clock, random } = this.#around;
    const { bytes, id, method, upgrade } = request;
    let head = `${method} /${id} HTTP/1.1\r\nHost: test\r\nX-Plan: ${id}\r\nX-Bytes: ${bytes}\r\n`;
    if (this.#cookie !== null) head += `Cookie: at=${this.#cookie}\r\n`;
    if (upgrade)
      head +=
        'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
    else if (method !== 'GET') head += `Content-Length: ${bytes}\r\n`;
    const body = pattern(id, bytes);
    const at = random.chance(0.3) ? random.integer(0, bytes) : bytes;
    channel.writeText(`${head}\r\n${body.slice(0, at)}`);
    if (at < bytes) clock.after(random.integer(0, 700), () => channel.writeText(body.slice(at)));
  }

  #judge(): void {
    const message = this.#reader.messages[this.#judged];
    if (message === undefined || !message.complete || this.#present === null) return;
    this.#judged++;
    const status = Number(message.startLine.slice(9, 12));
    const request = this.#present;
    const machine = message.headers.get('x-machine') ?? null;
    if (machine !== null) this.#judgeAnswer(message, request, status, machine);
    else if (status < 400) this.#around.faults.push(`client: ${status} of nobody for ${request.id}`);
    if (message.headers.get('connection') === 'close' && status !== 101) {
      // It ends by itself: the next request gets a connection of its own.
      if (this.#channel !== null) this.#channel.owner = noOwner;
      this.#channel?.destroy();
      this.#channel = null;
    }
    if (status === 101) this.#tunnel();
    else this.#over(status, machine);
  }

  #judgeAnswer(message: Message, request: ServiceRequest, status: number, machine: string): void {
    const { faults } = this.#around;
    const { id } = request;
    if (message.headers.get('x-plan') !== id) faults.push(`client: the answer of another request came for ${id}`);
    if (status !== (request.upgrade ? 101 : 200)) faults.push(`client: ${status} for ${id}`);
    if (status === 200 && message.body !== pattern(`s${id}`, 300)) faults.push(`client: another body for ${id}`);
    const set = /^at=([^;]+)/.exec(message.headers.get('set-cookie') ?? '')?.[1];
    if (set === undefined) return;
    this.#cookie = set;
    this.#around.cookieSet(set, machine);
  }

  #tunnel(): void {
    const { clock, random } = this.#around;
    const channel = this.#channel;
    if (channel === null) return;
    const request = this.#present;
    const leaving = random.pick(['close', 'close', 'stay'] as const);
    const own = { messages: random.integer(0, 3), leaving, closeCode: 1000, rude: false, maxPayloadBytes: 200 };
    const peer = new TunnelPeer(channel, { role: 'client', ...own }, clock, random);
    this.#impatience?.cancel();
    const onClose = peer.onClose.bind(peer);
    peer.onClose = (error) => {
      onClose(error);
      for (const fault of peer.faults) this.#around.faults.push(`client: tunnel ${request?.id}: ${fault}`);
      this.#channel = null;
      this.#over(101, null);
    };
    clock.after(random.integer(500, 15_000), () => channel.destroy());
    const rest = Buffer.from(this.#reader.rest, 'latin1');
    this.#reader.becomeRaw();
    if (rest.length > 0) peer.onChunk(rest, 0, rest.length);
  }

  #over(status: number, machine: string | null): void {
    const { clock, random } = this.#around;
    const request = this.#present;
    this.#impatience?.cancel();
    this.#present = null;
    if (request !== null) this.#around.answered({ request, status, machine });
    clock.after(random.chance(0.5) ? 0 : random.integer(0, 2000), () => this.#next());
  }
}

function responseRule(startLine: string): 'by-head' | 'none' {
  return startLine.startsWith('HTTP/1.1 101') ? 'none' : 'by-head';
}
