import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { frameBytes } from '../../support/simulation/frame-judge.js';
import { StubTunnel } from './stub-tunnel.js';

const MASK = Buffer.from('37fa213d', 'hex');
const CHUNK_BYTES = 65_536;

/** How often bytes were asked for while `run` ran. */
function allocationsIn(run: () => void): number {
  const names = ['from', 'alloc', 'allocUnsafe', 'allocUnsafeSlow', 'concat'] as const;
  const spies = names.map((name) => mock.method(Buffer, name));
  const slice = mock.method(Buffer.prototype, 'subarray');
  try {
    run();
    return [...spies, slice].reduce((sum, spy) => sum + spy.mock.callCount(), 0);
  } finally {
    mock.restoreAll();
  }
}

const streams: Record<string, (mask: Buffer | null) => Buffer> = {
  'a chunk of many small messages': (mask) =>
    Buffer.concat(Array.from({ length: 1000 }, () => frameBytes(1, Buffer.from('small'), true, mask))),
  'a chunk with control frames between fragments': (mask) =>
    Buffer.concat([
      frameBytes(1, Buffer.from('a'), false, mask),
      frameBytes(9, Buffer.from('ping'), true, mask),
      frameBytes(0, Buffer.from('b'), false, mask),
      frameBytes(10, Buffer.from('pong'), true, mask),
      frameBytes(0, Buffer.from('c'), true, mask),
    ]),
  'one message': (mask) => frameBytes(2, Buffer.alloc(60_000, 'm'), true, mask),
};

for (const [what, form] of Object.entries(streams)) {
  for (const side of ['client', 'backend'] as const) {
    test(`${what} of the ${side} is one write, and no buffer is allocated for it`, () => {
      const stub = new StubTunnel();
      const [from, to] = side === 'client' ? [stub.client, stub.backend] : [stub.backend, stub.client];
      to.keeps = false;
      const bytes = form(side === 'client' ? MASK : null);
      const allocations = allocationsIn(() => {
        for (let count = 0; count < 100; count++) from.comes(bytes);
      });
      assert.deepEqual([allocations, to.writes, to.bytesWritten], [0, 100, 100 * bytes.length]);
      assert.deepEqual([from.calls, to.calls], [['resume'], ['resume']]);
    });
  }
}

test('the chunks of one large message are a write each, and no buffer is allocated for them', () => {
  const { client, backend } = new StubTunnel();
  client.keeps = false;
  const header = frameBytes(2, Buffer.alloc(0), true, null);
  header[1] = 127;
  backend.comes(Buffer.concat([header, Buffer.from('0000000010000000', 'hex')]));
  const chunk = Buffer.alloc(CHUNK_BYTES, 'x');
  const allocations = allocationsIn(() => {
    for (let count = 0; count < 1000; count++) backend.comes(chunk);
  });
  assert.deepEqual([allocations, client.writes], [0, 1001]);
});

test('a header that comes in two pieces costs one copy of what is held and one of the piece', () => {
  const { client, backend } = new StubTunnel();
  const bytes = frameBytes(2, Buffer.alloc(300, 'm'), true, null);
  backend.comes(bytes.subarray(0, 3));
  assert.equal(client.writes, 0);
  backend.comes(bytes.subarray(3));
  assert.equal(client.writes, 1);
  assert.equal(client.taken(), bytes.toString('hex'));
});
