import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FrameFault, FrameScanner } from '../../../../src/protocol/websocket/frame-scanner.js';
import { SeededRandom } from '../../../support/simulation/random.js';
import { formFrame } from './frame-form.js';

const BACKEND = { masked: false, reserved: 'none' } as const;
const SEED = Number(process.env.TOYOU_SEED ?? 1);

interface Drawn {
  readonly bytes: Buffer;
  /** Where each message begins, and its opcode and size. */
  readonly messages: readonly { readonly at: number; readonly opcode: number; readonly bytes: number }[];
}

/** Messages in fragments, with control frames between them. */
function draw(random: SeededRandom): Drawn {
  const pieces: Buffer[] = [];
  const messages: Drawn['messages'][number][] = [];
  let length = 0;
  const put = (opcode: number, payload: number, fin: boolean): void => {
    const piece = formFrame({ opcode, fin, payload: Buffer.alloc(payload) });
    pieces.push(piece);
    length += piece.length;
  };
  for (let count = random.integer(1, 12); count > 0; count--) {
    if (random.chance(0.3)) put(9, random.integer(0, 20), true);
    const [at, opcode] = [length, random.pick([1, 2])];
    let [size, next] = [0, opcode];
    for (let left = random.integer(0, 3); left >= 0; left--) {
      const payload = random.chance(0.1) ? random.integer(0, 70_000) : random.integer(0, 200);
      put(next, payload, left === 0);
      if (left > 0 && random.chance(0.3)) put(10, 3, true);
      size += payload;
      next = 0;
    }
    messages.push({ at, opcode, bytes: size });
  }
  return { bytes: Buffer.concat(pieces), messages };
}

/** Scans all of it in pieces, as its contract says. @returns where it came to rest */
function scanAll(scanner: FrameScanner, bytes: Buffer, random: SeededRandom): number {
  let at = 0;
  for (let to = 0; to < bytes.length; ) {
    to = Math.min(bytes.length, to + random.integer(1, random.pick([3, 300, 100_000])));
    for (let before = -1; at !== before && at < to; ) {
      before = at;
      at = scanner.scan(bytes, at, to);
    }
    if (scanner.atGate) return at;
  }
  return at;
}

describe(`FrameScanner with limits, seed ${SEED}`, () => {
  it('tells each message with its opcode and size, however its bytes are split', () => {
    const random = new SeededRandom(SEED);
    for (let count = 0; count < 300; count++) {
      const { bytes, messages } = draw(random);
      const told: { opcode: number; bytes: number }[] = [];
      const scanner = new FrameScanner(BACKEND, { messageEnded: (opcode, size) => told.push({ opcode, bytes: size }) });
      assert.equal(scanAll(scanner, bytes, random), bytes.length);
      assert.deepEqual(
        told,
        messages.map(({ opcode, bytes: size }) => ({ opcode, bytes: size })),
      );
    }
  });

  it('stops before the message for which there is no room, and goes on when there is', () => {
    const random = new SeededRandom(SEED);
    for (let count = 0; count < 300; count++) {
      const { bytes, messages } = draw(random);
      const scanner = new FrameScanner(BACKEND);
      const allowed = random.integer(0, messages.length);
      scanner.messagesLeft = allowed;
      const rest = scanAll(scanner, bytes, random);
      assert.deepEqual([rest, scanner.atGate], [messages[allowed]?.at ?? bytes.length, allowed < messages.length]);
      assert.equal(scanner.messages, allowed);
      scanner.messagesLeft = -1;
      assert.equal(rest + scanAll(scanner, bytes.subarray(rest), random), bytes.length);
      assert.equal(scanner.messages, messages.length);
    }
  });

  it('refuses a message at the frame that makes it too big, and follows it when nobody minds', () => {
    const random = new SeededRandom(SEED);
    let refused = 0;
    for (let count = 0; count < 300; count++) {
      const { bytes, messages } = draw(random);
      const limit = random.integer(1, 500);
      const scanner = new FrameScanner(BACKEND, { messageEnded: () => {} }, limit);
      const first = messages.findIndex((message) => message.bytes > limit);
      try {
        assert.equal(scanAll(scanner, bytes, random), bytes.length);
        assert.equal(first, -1);
      } catch (fault) {
        if (!(fault instanceof FrameFault)) throw fault;
        refused++;
        assert.deepEqual([fault.code, scanner.messages], ['message-too-big', first]);
        assert.ok(scanner.atFrameBoundary && fault.boundary >= (messages[first]?.at ?? 0));
        scanner.liftSizeLimit();
        assert.equal(fault.boundary + scanAll(scanner, bytes.subarray(fault.boundary), random), bytes.length);
        assert.equal(scanner.messages, messages.length);
      }
    }
    assert.ok(refused > 50);
  });
});
