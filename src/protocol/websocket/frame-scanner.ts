import { isWireCloseCode } from './close-code.js';
import { closeCodeAt } from './control-payload.js';

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const FIN = 0x80;
const RSV = 0x70;
const RSV1 = 0x40;
const MASKED = 0x80;
const CONTROL = 0x08;
const MAX_CONTROL_BYTES = 125;
/** A header without its mask is at most so long. */
const LONGEST_BARE_HEADER = 10;
const MASK_BYTES = 4;
/** The high half of a 64-bit length from which it is over 2^53-1. */
const UNSAFE_HIGH = 0x200000;

/** An incomplete control frame: 2 bytes of header, 4 of mask, 125 of payload, less the last byte. */
export const MAX_HELD_BYTES = 2 + MASK_BYTES + MAX_CONTROL_BYTES;

export interface FrameRules {
  /** True for a client's frames, which must be masked; false for a backend's, which must not be. */
  readonly masked: boolean;
  /** Reserved bits of a message's first frame that an agreed extension uses: RSV1 for permessage-deflate. */
  readonly reserved: 'none' | 'rsv1' | 'any';
}

/** Told of every whole data message, where its last byte was scanned. */
export interface MessageListener {
  /** @param opcode of its first frame @param bytes the payloads of its frames, as on the wire */
  messageEnded(opcode: number, bytes: number): void;
}

const nobody: MessageListener = { messageEnded: () => {} };

/**
 * Follows RFC 6455 frames through a byte stream: reads 2 to 14 bytes a frame, skips payloads by arithmetic, keeps
 * nothing but where it stands.
 */
export class FrameScanner {
  /** Whole data messages seen. */
  messages = 0;
  controlFrames = 0;
  pings = 0;
  pongs = 0;
  /** Data frames that began. */
  dataFrames = 0;
  /** How many data messages may begin yet; below 0: any number. */
  messagesLeft = -1;
  /** The last scan stopped before a message that may not begin yet. */
  atGate = false;
  /** After a scan that stopped behind a control frame: its opcode; else 0. */
  controlOpcode = 0;
  /** Where that frame begins, and where its payload does; it ends where the scan stopped. */
  controlStart = 0;
  controlPayload = 0;
  /** Stops behind every frame: for whoever waits for a place between two of them. */
  everyFrame = false;
  readonly #masked: number;
  readonly #reserved: number;
  readonly #listener: MessageListener;
  #maxMessageBytes: number;
  #payloadLeft = 0;
  #inMessage = false;
  #lastFragment = false;
  /** Of the message that is half through: its first frame's opcode, and its payload bytes as announced so far. */
  #messageOpcode = 0;
  #messageBytes = 0;

  /** @param maxMessageBytes the most a message may have; 0: no limit */
  constructor(rules: FrameRules, listener = nobody, maxMessageBytes = 0) {
    this.#masked = rules.masked ? MASKED : 0;
    this.#reserved = rules.reserved === 'none' ? 0 : rules.reserved === 'rsv1' ? RSV1 : RSV;
    this.#listener = listener;
    this.#maxMessageBytes = maxMessageBytes === 0 ? Number.MAX_SAFE_INTEGER : maxMessageBytes;
  }

  /** For whoever only looks for the end of a stream: behind the fault that told of a message too big. */
  liftSizeLimit(): void {
    this.#maxMessageBytes = Number.MAX_SAFE_INTEGER;
  }

  /** True where a frame of the proxy's own may be put into the stream, as far as it was scanned. */
  get atFrameBoundary(): boolean {
    return this.#payloadLeft === 0;
  }

  /** True where no message is half through either. */
  get atMessageBoundary(): boolean {
    return this.#payloadLeft === 0 && !this.#inMessage;
  }

  /**
   * Scans `bytes[from, to)` and returns where it stopped: right behind a control frame, whose opcode is then in
   * `controlOpcode`; or at the beginning of a header or control frame that is not whole: the caller brings those
   * bytes (at most {@link MAX_HELD_BYTES}) again, with more behind them; or before a message that may not begin yet
   * (`atGate`); or at `to`; with `everyFrame` also behind any frame.
   * @throws FrameFault with the last good boundary
   */
  scan(bytes: Buffer, from: number, to: number): number {
    this.controlOpcode = 0;
    this.atGate = false;
    let at = from;
    while (at < to) {
      if (this.#payloadLeft > 0) {
        at = this.#skipPayload(at, to);
      } else {
        const next = this.#readHeader(bytes, at, to);
        if (next === at || this.controlOpcode !== 0) return next;
        at = next;
      }
      if (this.everyFrame && this.#payloadLeft === 0) return at;
    }
    return at;
  }

  #skipPayload(at: number, to: number): number {
    const left = this.#payloadLeft;
    if (left > to - at) {
      this.#payloadLeft = left - (to - at);
      return to;
    }
    this.#payloadLeft = 0;
    this.#frameEnded();
    return at + left;
  }

  #frameEnded(): void {
    if (!this.#lastFragment) return;
    this.messages++;
    this.#inMessage = false;
    this.#listener.messageEnded(this.#messageOpcode, this.#messageBytes);
  }

  /** Reads one header; returns `at` where it is not whole yet. Faults show with the first two bytes. */
  #readHeader(bytes: Buffer, at: number, to: number): number {
    if (to - at < 2) return at;
    const first = bytes[at] as number;
    const second = bytes[at + 1] as number;
    const opcode = first & 0x0f;
    const short = second & 0x7f;
    if ((second & MASKED) !== this.#masked) throw this.#fault(at, this.#masked ? 'frame-unmasked' : 'frame-masked');
    if ((opcode & CONTROL) !== 0) return this.#readControl(bytes, at, to, first, short);
    this.#judgeData(at, first, opcode);
    const bareEnd = at + (short < 126 ? 2 : short === 126 ? 4 : LONGEST_BARE_HEADER);
    const end = this.#masked ? bareEnd + MASK_BYTES : bareEnd;
    if (end > to) return at;
    const length = short < 126 ? short : this.#longLength(bytes, at, short);
    const messageBytes = opcode === OPCODE.continuation ? this.#messageBytes + length : length;
    if (messageBytes > this.#maxMessageBytes) throw this.#fault(at, 'message-too-big');
    if (opcode !== OPCODE.continuation && !this.#begin(opcode)) return at;
    this.#messageBytes = messageBytes;
    this.#payloadLeft = length;
    this.dataFrames++;
    this.#inMessage = true;
    this.#lastFragment = (first & FIN) !== 0;
    if (this.#payloadLeft === 0) this.#frameEnded();
    return end;
  }

  /** False where no message may begin. */
  #begin(opcode: number): boolean {
    const left = this.messagesLeft;
    if (left === 0) {
      this.atGate = true;
      return false;
    }
    if (left > 0) this.messagesLeft = left - 1;
    this.#messageOpcode = opcode;
    return true;
  }

  #judgeData(at: number, first: number, opcode: number): void {
    if (opcode > OPCODE.binary) throw this.#fault(at, 'frame-unknown-opcode');
    const continued = opcode === OPCODE.continuation;
    const reserved = first & RSV;
    if (reserved !== 0 && (reserved & ~this.#reserved) !== 0) throw this.#fault(at, 'frame-reserved-bits');
    // RFC 7692 section 6.1: only the first frame of a compressed message has the bit.
    if (reserved !== 0 && continued && this.#reserved === RSV1) throw this.#fault(at, 'frame-reserved-bits');
    if (continued && !this.#inMessage) throw this.#fault(at, 'frame-continuation-without-start');
    if (!continued && this.#inMessage) throw this.#fault(at, 'frame-start-inside-message');
  }

  #longLength(bytes: Buffer, at: number, short: number): number {
    if (short === 126) return bytes.readUInt16BE(at + 2);
    const high = bytes.readUInt32BE(at + 2);
    if (high >= UNSAFE_HIGH) throw this.#fault(at, 'frame-too-long');
    return high * 0x1_0000_0000 + bytes.readUInt32BE(at + 6);
  }

  #readControl(bytes: Buffer, at: number, to: number, first: number, length: number): number {
    const opcode = first & 0x0f;
    if (opcode > OPCODE.pong) throw this.#fault(at, 'frame-unknown-opcode');
    if ((first & RSV) !== 0 && (first & RSV & ~this.#reserved) !== 0) throw this.#fault(at, 'frame-reserved-bits');
    if ((first & RSV1) !== 0 && this.#reserved === RSV1) throw this.#fault(at, 'frame-reserved-bits');
    if ((first & FIN) === 0) throw this.#fault(at, 'frame-control-fragmented');
    if (length > MAX_CONTROL_BYTES) throw this.#fault(at, 'frame-control-too-long');
    if (opcode === OPCODE.close && length === 1) throw this.#fault(at, 'frame-bad-close');
    const payload = at + 2 + (this.#masked ? MASK_BYTES : 0);
    if (payload + length > to) return at;
    if (opcode === OPCODE.close && length > 0 && !isWireCloseCode(closeCodeAt(bytes, payload, this.#masked !== 0))) {
      throw this.#fault(at, 'frame-bad-close');
    }
    this.controlFrames++;
    if (opcode === OPCODE.ping) this.pings++;
    else if (opcode === OPCODE.pong) this.pongs++;
    this.controlOpcode = opcode;
    this.controlStart = at;
    this.controlPayload = payload;
    return payload + length;
  }

  #fault(at: number, code: FrameFaultCode): FrameFault {
    return new FrameFault(code, at);
  }
}

const faultTexts = {
  'frame-reserved-bits': 'a reserved bit without an extension that uses it',
  'frame-unknown-opcode': 'an unknown opcode',
  'frame-control-too-long': 'a control frame over 125 bytes',
  'frame-control-fragmented': 'a fragmented control frame',
  'frame-continuation-without-start': 'a continuation without a message to continue',
  'frame-start-inside-message': 'a new message inside a fragmented one',
  'frame-unmasked': 'a client frame without a mask',
  'frame-masked': 'a backend frame with a mask',
  'frame-bad-close': 'a Close of one byte or with a code that must not be on the wire',
  'frame-too-long': 'a frame of more than 2^53-1 bytes',
  'message-too-big': 'a message of more bytes than are allowed',
} as const;
export type FrameFaultCode = keyof typeof faultTexts;

/** A frame that breaks RFC 6455. */
export class FrameFault extends Error {
  readonly code: FrameFaultCode;
  /** Where the last good frame ends: what comes before may be relayed. */
  readonly boundary: number;

  constructor(code: FrameFaultCode, boundary: number) {
    super(faultTexts[code]);
    this.name = 'FrameFault';
    this.code = code;
    this.boundary = boundary;
  }
}
