import assert from 'node:assert/strict';
import {
  FrameFault,
  type FrameFaultCode,
  type FrameRules,
  FrameScanner,
  MAX_HELD_BYTES,
} from '../../../../src/protocol/websocket/frame-scanner.js';

/** Everything that a scanner tells of a stream; places count from the stream's beginning. */
export interface Followed {
  readonly messages: number;
  readonly controls: readonly { opcode: number; start: number; payload: number; end: number }[];
  /** Where the scan came to rest: what is behind it was held back. */
  readonly rest: number;
  readonly boundaries: 'message' | 'frame' | 'none';
  readonly fault: FrameFaultCode | null;
  /** The last good boundary before the fault. */
  readonly faultAt: number | null;
}

export const CLIENT: FrameRules = { masked: true, reserved: 'none' };
export const BACKEND: FrameRules = { masked: false, reserved: 'none' };

/** Brings the pieces to a scanner as its contract says, what it held back first. */
export function follow(pieces: readonly Buffer[], rules: FrameRules): Followed {
  const scanner = new FrameScanner(rules);
  const controls: Followed['controls'][number][] = [];
  let held = Buffer.alloc(0);
  /** Where `held` begins in the stream. */
  let base = 0;
  let fault: FrameFault | null = null;
  for (const piece of pieces) {
    // Bytes around it must not be looked at.
    const bytes = Buffer.concat([Buffer.from('8181', 'hex'), held, piece, Buffer.from('8181', 'hex')]);
    const to = bytes.length - 2;
    let at = 2;
    try {
      do {
        at = scanner.scan(bytes, at, to);
        if (scanner.controlOpcode === 0) continue;
        const { controlOpcode: opcode, controlStart: start, controlPayload: payload } = scanner;
        controls.push({ opcode, start: base + start - 2, payload: base + payload - 2, end: base + at - 2 });
      } while (scanner.controlOpcode !== 0 && at < to);
    } catch (error) {
      if (!(error instanceof FrameFault)) throw error;
      fault = error;
      base += error.boundary - 2;
      break;
    }
    held = Buffer.from(bytes.subarray(at, to));
    assert.ok(held.length <= MAX_HELD_BYTES, `${held.length} bytes held`);
    assert.ok(held.length === 0 || scanner.atFrameBoundary, 'what is held stands at a boundary');
    base += at - 2;
  }
  assert.equal(scanner.controlFrames, controls.length);
  return {
    messages: scanner.messages,
    controls,
    rest: base,
    boundaries: scanner.atMessageBoundary ? 'message' : scanner.atFrameBoundary ? 'frame' : 'none',
    fault: fault?.code ?? null,
    faultAt: fault === null ? null : base,
  };
}
