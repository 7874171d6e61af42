import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProxyError } from '../../../src/exchange/proxy-error.js';
import { closeOrder } from '../../../src/tracker/close-order.js';
import type { Tracker } from '../../../src/tracker/tracker.js';
import { FakeConnection, leg, outcome, report } from './fake-connection.js';
import { Stand } from './stand.js';

const ORDER = closeOrder();

describe('the ledger', () => {
  it('has a tunnel with who ended it, why, and the codes of both sides', () => {
    const stand = new Stand();
    const one = stand.open(new FakeConnection({ query: '?secret=1' }));
    stand.clock.advance(1000);
    const closedBy = 'backend' as const;
    const client = { ...leg({ sentCode: 1011, bytes: 3, messages: 1 }), frameCut: true, pings: 4, roundTripMs: 2 };
    const told = report({ closedBy, durationMs: 900.12345, client, backend: leg({ receivedCode: 1005 }) });
    stand.tracker.tunnelClosed(one.exchange, outcome(new ProxyError('backend-gone')), told);
    const [entry] = stand.tracker.closed();
    assert.ok(entry !== undefined);
    const { id, path, closed_at, duration_ms, ended_by, cause, sides } = entry;
    assert.deepEqual(
      [id, path, closed_at, duration_ms],
      ['one', '/ws?secret=[redacted]', '2026-01-01T00:00:01.000Z', 900.123],
    );
    assert.deepEqual([ended_by, cause], ['backend', 'backend-gone']);
    const rest = { bytes: 0, messages: 0, pings: 0, pongs: 0, round_trip_ms: null, frame_cut: false };
    assert.deepEqual(sides, {
      client: {
        ...rest,
        received_code: null,
        sent_code: 1011,
        bytes: 3,
        messages: 1,
        pings: 4,
        round_trip_ms: 2,
        frame_cut: true,
      },
      backend: { ...rest, received_code: 1005, sent_code: null },
    });
    assert.equal(stand.tracker.size, 0);
  });

  it('has an event stream with who ended it', () => {
    const stand = new Stand();
    const end = (id: string, error: ProxyError | null, told = false): string => {
      const { exchange } = stand.open(new FakeConnection({ id, kind: 'sse' }));
      if (told) stand.tracker.close(id, ORDER);
      stand.tracker.exchangeEnded(exchange, outcome(error, { status: 200, responseBytes: 9, events: 2 }));
      const [entry] = stand.tracker.closed({ kind: 'sse' });
      assert.deepEqual([entry?.id, entry?.sides.backend.bytes, entry?.sides.backend.messages], [id, 9, 2]);
      return `${entry?.ended_by} ${entry?.cause}`;
    };
    assert.equal(end('a', null), 'backend closed');
    assert.equal(end('b', null, true), 'proxy closed');
    assert.equal(end('c', new ProxyError('client-gone')), 'client client-gone');
    assert.equal(end('d', new ProxyError('backend-gone')), 'backend backend-gone');
  });

  it('keeps the last ones, the newest first, found by filters', () => {
    const stand = new Stand();
    for (const [index, id] of ['a', 'b', 'c', 'd', 'e', 'f'].entries()) {
      stand.close(stand.open(new FakeConnection({ id, revision: index % 2 })));
    }
    const ids = (...asked: Parameters<Tracker['closed']>) =>
      stand.tracker
        .closed(...asked)
        .map(({ id }) => id)
        .join('');
    assert.deepEqual([ids(), ids({}, 2), ids({ revision: '1' }), ids({ host: 'b' })], ['fedc', 'fe', 'fd', '']);
  });

  it('keeps the last 1,000 unless it is told otherwise', () => {
    const stand = new Stand(null);
    const ids = () => stand.tracker.closed({}, 2000).map(({ id }) => id);
    for (let id = 0; id < 1000; id++) stand.close(stand.open(new FakeConnection({ id: String(id) })));
    assert.deepEqual([ids().length, ids().at(-1)], [1000, '0']);
    stand.close(stand.open(new FakeConnection({ id: '1000' })));
    assert.deepEqual([ids().length, ids()[0], ids().at(-1)], [1000, '1000', '1']);
  });

  it('is told of nothing twice, and of nothing that never was open', () => {
    const stand = new Stand();
    const one = stand.open(new FakeConnection({ kind: 'sse' }));
    stand.close(one);
    stand.close(one);
    stand.close(new FakeConnection({ id: 'never' }));
    assert.equal(stand.tracker.closed().length, 1);
  });
});
