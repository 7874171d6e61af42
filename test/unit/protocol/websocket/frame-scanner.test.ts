import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { closeCodeAt } from '../../../../src/protocol/websocket/control-payload.js';
import { FrameScanner } from '../../../../src/protocol/websocket/frame-scanner.js';
import { BACKEND, CLIENT, follow } from './follow-frames.js';
import { type FrameForm, formFrame } from './frame-form.js';

const MASK = '37fa213d';
const DEFLATE = { masked: false, reserved: 'rsv1' } as const;

/** As a backend sends it, and as a client does. */
const bothWays = [
  ['unmasked', BACKEND, ''],
  ['masked', CLIENT, MASK],
] as const;

function faultOf(form: FrameForm, before: Buffer = Buffer.alloc(0), rules = BACKEND): string | null {
  const bytes = Buffer.concat([before, formFrame(form)]);
  const { fault, faultAt } = follow([bytes], rules);
  if (fault !== null) assert.equal(faultAt, before.length, 'the boundary is where the bad frame begins');
  return fault;
}

describe('FrameScanner', () => {
  for (const [how, rules, mask] of bothWays) {
    for (const length of [0, 1, 125, 126, 127, 65_535, 65_536, 65_537]) {
      it(`follows an ${how} message of ${length} bytes`, () => {
        const frame = formFrame({ payload: Buffer.alloc(length, 'x'), mask });
        const followed = follow([frame], rules);
        const whole = { messages: 1, controls: [], rest: frame.length, boundaries: 'message', fault: null };
        assert.deepEqual(followed, { ...whole, faultAt: null });
      });
    }

    for (const length of [2n ** 32n - 1n, 2n ** 32n, 2n ** 32n + 1n, 2n ** 53n - 1n]) {
      it(`follows an ${how} frame of ${length} bytes to its last`, () => {
        const header = formFrame({ length, mask });
        const scanner = new FrameScanner(rules);
        assert.equal(scanner.scan(header, 0, header.length), header.length);
        // No bytes are looked at, so that none have to be there.
        let left = Number(length);
        for (; left > 2 ** 40; left -= 2 ** 40) assert.equal(scanner.scan(header, 0, 2 ** 40), 2 ** 40);
        assert.equal(scanner.scan(header, 0, left - 1), left - 1);
        assert.deepEqual([scanner.atFrameBoundary, scanner.messages], [false, 0]);
        assert.equal(scanner.scan(header, 0, 1), 1);
        assert.deepEqual([scanner.atMessageBoundary, scanner.messages], [true, 1]);
      });
    }

    for (const length of [2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n]) {
      it(`refuses an ${how} frame of ${length} bytes`, () => {
        const before = formFrame({ payload: Buffer.from('good'), mask });
        assert.equal(faultOf({ length, mask }, before, rules), 'frame-too-long');
      });
    }

    for (const [length, lengthBits] of [
      [0, 16],
      [0, 64],
      [125, 16],
      [126, 64],
      [65_535, 64],
    ] as const) {
      it(`lets an ${how} length of ${length} pass in ${lengthBits} bits`, () => {
        const frame = formFrame({ payload: Buffer.alloc(length, 'x'), lengthBits, mask });
        const { messages, rest } = follow([frame], rules);
        assert.deepEqual([messages, rest], [1, frame.length]);
      });
    }

    for (const opcode of [8, 9, 10]) {
      for (const length of opcode === 8 ? [0, 2, 125] : [0, 1, 125]) {
        it(`stops behind an ${how} control frame ${opcode} of ${length} bytes`, () => {
          const payload = Buffer.alloc(length, 'x');
          if (length >= 2) payload.writeUInt16BE(1000, 0);
          const frame = formFrame({ opcode, payload, mask });
          const { controls } = follow([frame], rules);
          const start = mask === '' ? 2 : 6;
          assert.deepEqual(controls, [{ opcode, start: 0, payload: start, end: frame.length }]);
        });
      }
    }

    it(`counts an ${how} message of fragments once, with control frames between them`, () => {
      const ping = { opcode: 9, payload: Buffer.from('p'), mask };
      const first = formFrame({ opcode: 1, fin: false, payload: Buffer.from('a'), mask });
      const rest = [
        formFrame(ping),
        formFrame({ opcode: 0, fin: false, mask }),
        formFrame(ping),
        formFrame({ opcode: 0, payload: Buffer.from('c'), mask }),
      ];
      assert.deepEqual(follow([first], rules).boundaries, 'frame');
      const { messages, controls, boundaries } = follow([Buffer.concat([first, ...rest])], rules);
      assert.deepEqual([messages, controls.length, boundaries], [1, 2, 'message']);
    });

    it(`tells where in an ${how} frame a frame of ours may stand`, () => {
      const frame = formFrame({ payload: Buffer.from('abc'), mask });
      const header = frame.length - 3;
      const places = Array.from({ length: frame.length + 1 }, (_, at) => follow([frame.subarray(0, at)], rules));
      // An incomplete header is held back: before it, a frame may stand.
      const wanted = places.map((_, at) => (at < header || at === frame.length ? 'message' : 'none'));
      assert.deepEqual(
        places.map(({ boundaries }) => boundaries),
        wanted,
      );
      assert.deepEqual(
        places.map(({ rest }) => rest),
        places.map((_, at) => (at < header ? 0 : at)),
      );
    });

    it(`holds an ${how} control frame back until its last byte`, () => {
      const frame = formFrame({ opcode: 9, payload: Buffer.alloc(125, 'x'), mask });
      for (let at = 0; at < frame.length; at++) assert.equal(follow([frame.subarray(0, at)], rules).rest, 0);
    });
  }
});

describe('FrameScanner refuses', () => {
  const fragment = formFrame({ opcode: 1, fin: false, payload: Buffer.from('a') });

  for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) {
    it(`the opcode ${opcode}`, () => {
      assert.equal(faultOf({ opcode }), 'frame-unknown-opcode');
      assert.equal(faultOf({ opcode }, fragment), 'frame-unknown-opcode');
    });
  }

  for (const reserved of [1, 2, 3, 4, 5, 6, 7]) {
    it(`the reserved bits ${reserved} where no extension uses them`, () => {
      for (const opcode of [1, 2, 8, 9, 10]) assert.equal(faultOf({ opcode, reserved }), 'frame-reserved-bits');
      assert.equal(faultOf({ opcode: 0, reserved }, fragment), 'frame-reserved-bits');
    });
  }

  it('with permessage-deflate everything but RSV1 on the first frame of a message', () => {
    for (const opcode of [1, 2]) assert.equal(faultOf({ opcode, reserved: 4 }, undefined, DEFLATE), null);
    for (const reserved of [1, 2, 3, 5, 6, 7]) {
      assert.equal(faultOf({ reserved }, undefined, DEFLATE), 'frame-reserved-bits');
    }
    assert.equal(faultOf({ opcode: 0, reserved: 4 }, fragment, DEFLATE), 'frame-reserved-bits');
    for (const opcode of [8, 9, 10]) {
      assert.equal(faultOf({ opcode, reserved: 4 }, undefined, DEFLATE), 'frame-reserved-bits');
    }
  });

  it('no reserved bit where an extension is agreed of which it knows nothing', () => {
    const rules = { masked: false, reserved: 'any' } as const;
    for (const reserved of [1, 2, 4, 7]) {
      for (const opcode of [1, 2, 8, 9, 10]) assert.equal(faultOf({ opcode, reserved }, undefined, rules), null);
      assert.equal(faultOf({ opcode: 0, reserved }, fragment, rules), null);
    }
  });

  it('control frames that are fragmented or over 125 bytes', () => {
    for (const opcode of [8, 9, 10]) {
      assert.equal(faultOf({ opcode, fin: false }), 'frame-control-fragmented');
      for (const length of [126, 65_536]) {
        assert.equal(faultOf({ opcode, payload: Buffer.alloc(length) }), 'frame-control-too-long');
      }
      assert.equal(faultOf({ opcode, lengthBits: 16 }), 'frame-control-too-long', 'in 16 bits no length is short');
    }
  });

  it('a continuation without a start, and a start inside a fragmented message', () => {
    assert.equal(faultOf({ opcode: 0 }), 'frame-continuation-without-start');
    assert.equal(faultOf({ opcode: 0 }, formFrame({})), 'frame-continuation-without-start');
    for (const opcode of [1, 2]) assert.equal(faultOf({ opcode }, fragment), 'frame-start-inside-message');
  });

  it('frames of a client without a mask, and frames of a backend with one', () => {
    for (const opcode of [1, 8, 9]) {
      assert.equal(faultOf({ opcode }, undefined, CLIENT), 'frame-unmasked');
      assert.equal(faultOf({ opcode, mask: MASK }), 'frame-masked');
    }
  });

  for (const [how, rules, mask] of bothWays) {
    it(`an ${how} Close of one byte, or with a code that must not be on the wire`, () => {
      const one = { opcode: 8, payload: Buffer.of(3), mask };
      assert.equal(faultOf(one, undefined, rules), 'frame-bad-close');
      for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535]) {
        const payload = Buffer.of(code >> 8, code & 0xff, 0x21);
        assert.equal(faultOf({ opcode: 8, payload, mask }, undefined, rules), 'frame-bad-close', `${code}`);
      }
      for (const code of [1000, 1003, 1007, 1014, 3000, 4999]) {
        const payload = Buffer.of(code >> 8, code & 0xff);
        const frame = formFrame({ opcode: 8, payload, mask });
        assert.equal(faultOf({ opcode: 8, payload, mask }, undefined, rules), null, `${code}`);
        assert.equal(closeCodeAt(frame, frame.length - 2, mask !== ''), code);
      }
    });
  }

  it('a header as soon as its first two bytes are there', () => {
    const bad = ['8300', '8180', 'c100', '0900', '897e', '8801', '0000'];
    for (const hex of bad) assert.notEqual(follow([Buffer.from(hex, 'hex')], BACKEND).fault, null, hex);
    for (const hex of bad) assert.equal(follow([Buffer.from(hex.slice(0, 2), 'hex')], BACKEND).fault, null, hex);
  });

  it('only what comes behind good frames, which stay good', () => {
    const good = Buffer.concat([formFrame({ payload: Buffer.from('abc') }), formFrame({ opcode: 9 })]);
    const followed = follow([Buffer.concat([good, formFrame({ opcode: 3 })])], BACKEND);
    assert.deepEqual(
      [followed.messages, followed.controls.length, followed.faultAt, followed.boundaries],
      [1, 1, good.length, 'message'],
    );
  });
});
