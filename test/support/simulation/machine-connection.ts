import type { Channel, ChannelOwner } from '../../../src/channel/channel.js';
import type { Clock } from '../../../src/exchange/clock.js';
import { acceptFor } from '../../../src/protocol/websocket/handshake.js';
import { type Message, MessageReader } from './message-reader.js';
import { pattern } from './plan.js';
import type { SeededRandom } from './random.js';
import type { MachineRecord, SimulatedMachine } from './simulated-machine.js';
import { TunnelPeer } from './tunnel-peer.js';

interface Surroundings {
  readonly record: MachineRecord;
  readonly clock: Clock;
  readonly random: SeededRandom;
  closed(): void;
}

const CLOSE_OPCODE = 8;

/** One connection to a machine: reads strictly, answers each request and each probe as the machine is just then. */
export class MachineConnection implements ChannelOwner {
  readonly #channel: Channel;
  readonly #machine: SimulatedMachine;
  readonly #around: Surroundings;
  readonly #reader = new MessageReader(() => 'by-head');
  #answered = 0;
  #over = false;

  constructor(channel: Channel, machine: SimulatedMachine, around: Surroundings) {
    this.#channel = channel;
    this.#machine = machine;
    this.#around = around;
    channel.owner = this;
    channel.resume();
  }

  onChunk(bytes: Buffer, from: number, to: number): number {
    if (this.#over) return to - from;
    try {
      this.#reader.feed(bytes.toString('latin1', from, to));
    } catch (error) {
      this.#around.record.faults.push(`machine: ${String(error)}`);
      this.#channel.destroy();
    }
    this.#answerNext();
    return to - from;
  }

  onEnd(): void {
    this.#channel.end();
  }

  onWritable(): void {}

  onWriteFailed(): void {}

  onClose(): void {
    this.#over = true;
    this.#around.closed();
  }

  #answerNext(): void {
    const message = this.#reader.messages[this.#answered];
    if (message === undefined) return;
    if (message.headers.get('upgrade') !== undefined) this.#reader.becomeRaw();
    if (!message.complete) return;
    this.#answered++;
    const id = message.headers.get('x-plan');
    if (id !== undefined && message.body !== pattern(id, Number(message.headers.get('x-bytes')))) {
      this.#around.record.faults.push(`machine: ${id} came with another body`);
    }
    const { clock, random, record } = this.#around;
    const delayMs = id === undefined || !record.moody || random.chance(0.4) ? 0 : random.integer(0, 1500);
    clock.after(delayMs, () => this.#answer(message, id ?? null));
  }

  /** @param id null: of a probe */
  #answer(message: Message, id: string | null): void {
    if (this.#over) return;
    const { mode } = this.#machine;
    const response = this.#responseTo(message, id);
    if (mode === 'silent' || mode === 'dead') return;
    if (mode === 'resetting') this.#channel.destroy(true);
    else if (mode === 'ending') this.#channel.end();
    else if (mode === 'garbage') this.#write(id, 'HTTP/1.1 2OO what\r\nno colon\r\n\r\n');
    else if (mode === 'cutting') {
      this.#write(id, response.slice(0, this.#around.random.integer(1, response.length - 1)));
      this.#channel.end();
    } else if (message.headers.get('upgrade') !== undefined && (id !== null || mode === 'well')) {
      this.#write(id, response);
      this.#upgraded(id);
    } else {
      this.#write(id, response);
      this.#goOn(message);
    }
  }

  #write(id: string | null, text: string): void {
    if (id !== null) this.#around.record.begun.add(id);
    this.#channel.writeText(text);
  }

  #goOn(message: Message): void {
    const { clock, random, record } = this.#around;
    if (message.headers.get('connection') === 'close') this.#channel.end();
    else if (record.moody && random.chance(0.2)) {
      clock.after(random.integer(0, 3000), () => {
        // Between two requests, as servers do; sometimes it meets the next one.
        if (!this.#over && this.#reader.open === null) this.#channel.end();
      });
    } else this.#answerNext();
  }

  #responseTo(message: Message, id: string | null): string {
    if (id === null && this.#machine.mode === 'sick')
      return 'HTTP/1.1 503 Sick\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';
    const named = `X-Plan: ${id ?? 'probe'}\r\nX-Machine: ${this.#machine.host}\r\n`;
    if (message.headers.get('upgrade') !== undefined) {
      const accept = acceptFor(message.headers.get('sec-websocket-key') ?? '');
      return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${named}\r\n`;
    }
    const body = pattern(`s${id}`, id === null ? 0 : 300);
    return `HTTP/1.1 200 Fine\r\n${named}Content-Length: ${body.length}\r\n\r\n${body}`;
  }

  #upgraded(id: string | null): void {
    const { clock, random, record } = this.#around;
    if (id === null) {
      this.#channel.owner = new ProbedEnd(this.#channel, this);
      return;
    }
    const leaving = record.moody && random.chance(0.3) ? 'close' : 'stay';
    const own = {
      messages: random.integer(0, 2),
      leaving,
      closeCode: 1000,
      rude: false,
      maxPayloadBytes: 200,
    } as const;
    const peer = new TunnelPeer(this.#channel, { role: 'backend', ...own }, clock, random);
    const onClose = peer.onClose.bind(peer);
    peer.onClose = (error) => {
      onClose(error);
      this.onClose();
    };
    record.peers.push(peer);
    const rest = Buffer.from(this.#reader.rest, 'latin1');
    if (rest.length > 0) peer.onChunk(rest, 0, rest.length);
  }
}

/** Behind the handshake of a probe: its Close is answered by an end (RFC 6455 section 7.1.1). */
class ProbedEnd implements ChannelOwner {
  readonly #channel: Channel;
  readonly #connection: MachineConnection;

  constructor(channel: Channel, connection: MachineConnection) {
    this.#channel = channel;
    this.#connection = connection;
  }

  onChunk(bytes: Buffer, from: number, to: number): number {
    if ((bytes.readUInt8(from) & 15) === CLOSE_OPCODE) this.#channel.end();
    return to - from;
  }

  onEnd(): void {
    this.#channel.end();
  }

  onWritable(): void {}

  onWriteFailed(): void {}

  onClose(): void {
    this.#connection.onClose();
  }
}
