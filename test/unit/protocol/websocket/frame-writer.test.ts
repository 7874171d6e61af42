import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isWireCloseCode } from '../../../../src/protocol/websocket/close-code.js';
import { formatClose, formatControl } from '../../../../src/protocol/websocket/frame-writer.js';
import { judgeWithWs } from './ws-receiver.js';

describe('isWireCloseCode', () => {
  it('holds for the codes that RFC 6455 and its registry let on the wire', () => {
    const registered = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014];
    const wanted = [...registered, ...Array.from({ length: 2000 }, (_, index) => 3000 + index)];
    const found = Array.from({ length: 65_536 }, (_, code) => code).filter(isWireCloseCode);
    assert.deepEqual(found, wanted);
  });
});

describe('formatClose', () => {
  it('has these bytes', () => {
    assert.equal(formatClose(1011, 'backend gone', false).toString('hex'), `880e03f3${hex('backend gone')}`);
    assert.equal(formatClose(1001, '', false).toString('hex'), '880203e9');
    assert.match(formatClose(1001, '', true).toString('hex'), /^8882[0-9a-f]{12}$/);
  });

  it('has its code and reason read by ws, masked and not', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(1000, 1001, 1012, 1014, 3000, 4999),
        fc.string({ unit: 'grapheme', maxLength: 30 }),
        fc.boolean(),
        async (code, reason, masked) => {
          const { close, fault } = await judgeWithWs(formatClose(code, reason, masked), masked);
          assert.equal(fault, null);
          if (Buffer.byteLength(reason) <= 123) assert.deepEqual(close, { code, reason });
        },
      ),
      { seed: 6455 },
    );
  });

  it('cuts a reason at 123 bytes, never inside a character', async () => {
    for (const [character, bytes] of [
      ['a', 1],
      ['é', 2],
      ['€', 3],
      ['😀', 4],
    ] as const) {
      for (let before = 0; before < 5; before++) {
        const reason = 'x'.repeat(before) + character.repeat(130);
        const { close, fault } = await judgeWithWs(formatClose(1000, reason, true), true);
        assert.equal(fault, null);
        const kept = Math.floor((123 - before) / bytes);
        assert.equal(close?.reason, 'x'.repeat(before) + character.repeat(kept));
      }
    }
  });

  it('refuses codes that must not be on the wire', () => {
    for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 70_000]) {
      assert.throws(() => formatClose(code, '', false), RangeError, `${code}`);
    }
  });
});

describe('formatControl', () => {
  it('has its payload read by ws, masked and not', async () => {
    for (const opcode of [9, 10]) {
      for (const length of [0, 1, 4, 5, 125]) {
        for (const masked of [false, true]) {
          const payload = Buffer.alloc(length, 'payload');
          const frame = formatControl(opcode, payload, masked);
          assert.equal(frame.length, (masked ? 6 : 2) + length);
          assert.deepEqual((await judgeWithWs(frame, masked)).controls, [{ opcode, payload }]);
        }
      }
    }
  });

  it('takes a fresh key for each frame, and leaves the payload as it was', () => {
    const payload = Buffer.from('12345678');
    const keys = new Set(Array.from({ length: 20 }, () => formatControl(9, payload, true).toString('hex', 2, 6)));
    assert.ok(keys.size > 15, `${keys.size} keys in 20 frames`);
    assert.equal(payload.toString(), '12345678');
  });
});

function hex(text: string): string {
  return Buffer.from(text).toString('hex');
}
