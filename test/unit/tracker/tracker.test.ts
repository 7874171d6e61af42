import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { closeOrder } from '../../../src/tracker/close-order.js';
import { FILTER_KEYS } from '../../../src/tracker/connection-filter.js';
import { SeededRandom } from '../../support/simulation/random.js';
import { FakeConnection } from './fake-connection.js';
import { Stand } from './stand.js';

const ORDER = closeOrder();

describe('what is open', () => {
  it('is shown with texts of a peer cut short: a thousand of them are kept', () => {
    const { tracker } = new Stand();
    const long = 'x'.repeat(30_000);
    const opened = new FakeConnection({ query: `?room=${long}`, origin: `https://${long}` });
    tracker.tunnelOpened(opened.exchange, opened);
    const shown = tracker.find('one');
    assert.deepEqual([shown?.origin?.length, shown?.path.length], [1025, 1025]);
  });

  it('is shown with all that is known of it, no secret of its query, times on the wall', () => {
    const { clock, tracker } = new Stand();
    const opened = new FakeConnection({
      query: '?room=1&token=abc',
      origin: 'https://a.example',
      user: 'ada',
      openedAtMs: 500,
    });
    opened.client = {
      ...opened.client,
      bytes: 5,
      messages: 1,
      pings: 2,
      silentMs: 250,
      roundTripMs: 1.23456,
      queuedBytes: 7,
    };
    opened.backend = { ...opened.backend, pongs: 3, congested: true, silentMs: null };
    clock.advance(1500);
    tracker.tunnelOpened(opened.exchange, opened);
    assert.deepEqual(tracker.find('one'), {
      id: 'one',
      kind: 'websocket',
      client: '10.0.0.1',
      origin: 'https://a.example',
      user: 'ada',
      host: 'a.example',
      path: '/ws?room=1&token=[redacted]',
      route: '*/ws',
      service: 'chat',
      backend: 'ws://b:1',
      revision: 1,
      subprotocol: 'chat',
      extensions: '',
      opened_at: '2026-01-01T00:00:00.500Z',
      state: 'open',
      sides: {
        client: {
          bytes: 5,
          messages: 1,
          pings: 2,
          pongs: 0,
          active_at: '2026-01-01T00:00:01.250Z',
          round_trip_ms: 1.235,
          congested: false,
          queued_bytes: 7,
        },
        backend: {
          bytes: 0,
          messages: 0,
          pings: 0,
          pongs: 3,
          active_at: null,
          round_trip_ms: null,
          congested: true,
          queued_bytes: 0,
        },
      },
    });
    assert.equal(tracker.find('two'), undefined);
  });

  it('is found by everything a filter may name', () => {
    const stand = new Stand();
    const traits = {
      route: 'r',
      service: 's',
      backend: 'ws://x',
      client: '::1',
      user: 'u',
      revision: 7,
      kind: 'sse',
      host: 'h',
    } as const;
    stand.open(new FakeConnection({ id: 'other' }));
    stand.open(new FakeConnection({ id: 'meant', ...traits }));
    for (const key of FILTER_KEYS) {
      const ids = (filter: object) => stand.tracker.page({ filter }).connections.map(({ id }) => id);
      assert.deepEqual(ids({ [key]: String(traits[key]) }), ['meant'], key);
      assert.deepEqual(ids({ [key]: 'nothing' }), [], key);
    }
    assert.equal(stand.tracker.page({ filter: { user: 'null' } }).connections.length, 0);
    assert.equal(stand.tracker.page({ filter: { route: 'r', service: 'chat' } }).connections.length, 0);
  });

  it('comes in pages that follow each other, the last one says so', () => {
    const stand = new Stand();
    for (let id = 0; id < 250; id++) stand.open(new FakeConnection({ id: String(id) }));
    const sizes: number[] = [];
    const seen: string[] = [];
    for (let cursor: string | null = '0'; cursor !== null; ) {
      const page = stand.tracker.page({ cursor });
      sizes.push(page.connections.length);
      seen.push(...page.connections.map(({ id }) => id));
      cursor = page.next;
    }
    assert.deepEqual(sizes, [100, 100, 50]);
    assert.deepEqual(
      seen,
      Array.from({ length: 250 }, (_, id) => String(id)),
    );
    assert.throws(() => stand.tracker.page({ cursor: 'x' }), RangeError);
    assert.throws(() => stand.tracker.page({ cursor: '-1' }), RangeError);
  });

  it('is looked at in bounded steps where a filter passes hardly anything', () => {
    const stand = new Stand();
    for (let id = 0; id < 12_000; id++)
      stand.open(new FakeConnection({ id: String(id), user: id === 11_000 ? 'ada' : 'b' }));
    const pages: string[][] = [];
    for (let cursor: string | null = '0'; cursor !== null; ) {
      const { connections, next } = stand.tracker.page({ cursor, filter: { user: 'ada' } });
      pages.push(connections.map(({ id }) => id));
      cursor = next;
    }
    assert.deepEqual(pages, [[], [], ['11000']]);
  });

  it('is seen exactly once by whoever follows the cursor, whatever opens and closes meanwhile', () => {
    const random = new SeededRandom(7);
    const stand = new Stand();
    const stay = new Set<string>();
    const open: FakeConnection[] = [];
    let count = 0;
    const openOne = (): void => {
      open.push(stand.open(new FakeConnection({ id: String(count++) })));
    };
    for (let n = 0; n < 3000; n++) openOne();
    for (const { exchange } of open.splice(0, 300)) stay.add(exchange.id);
    const seen: string[] = [];
    for (let cursor: string | null = '0'; cursor !== null; ) {
      const page = stand.tracker.page({ cursor, limit: 50 });
      seen.push(...page.connections.map(({ id }) => id));
      cursor = page.next;
      for (let n = 0; n < 40; n++) {
        const [gone] = open.splice(random.integer(0, open.length - 1), 1);
        if (gone !== undefined) stand.close(gone);
        if (count < 3500) openOne();
      }
    }
    assert.equal(new Set(seen).size, seen.length);
    assert.deepEqual(
      [...stay].filter((id) => !seen.includes(id)),
      [],
    );
    for (const one of open) stand.close(one);
    assert.equal(stand.tracker.size, 300);
  });

  it('is walked over whole though gaps are closed on the way', () => {
    const stand = new Stand();
    const all = Array.from({ length: 400 }, (_, id) => stand.open(new FakeConnection({ id: String(id) })));
    const seen: string[] = [];
    for (const { exchange } of stand.tracker) {
      seen.push(exchange.id);
      if (seen.length === 100) for (const gone of all.slice(0, 300)) stand.close(gone);
    }
    assert.deepEqual([seen.length, seen.at(99), seen.at(100)], [200, '99', '300']);
  });

  it('may have an id twice, where it came from outside', () => {
    const stand = new Stand();
    const [a, b, c] = [1, 2, 3].map(() => stand.open(new FakeConnection({ id: 'same' })));
    assert.ok(a !== undefined && b !== undefined && c !== undefined);
    stand.close(b);
    assert.equal(stand.tracker.size, 2);
    assert.equal(stand.tracker.close('same', ORDER), 2);
    assert.deepEqual([a.closes.length, b.closes.length, c.closes.length], [1, 0, 1]);
    stand.close(c);
    stand.close(a);
    assert.deepEqual([stand.tracker.size, stand.tracker.find('same')], [0, undefined]);
  });
});

describe('closing', () => {
  it('one tells it the code and the reason', () => {
    const stand = new Stand();
    const one = stand.open(new FakeConnection());
    assert.equal(stand.tracker.close('one', closeOrder(4000, 'moved')), 1);
    assert.deepEqual(one.closes, ['4000 moved']);
    assert.equal(stand.tracker.close('two', ORDER), 0);
  });

  it('all that match goes at the pace that is asked for, and leaves out what has closed meanwhile', () => {
    const stand = new Stand();
    const all = Array.from({ length: 100 }, (_, id) => stand.open(new FakeConnection({ id: String(id) })));
    const other = stand.open(new FakeConnection({ id: 'other', service: 'api' }));
    const told = () => all.filter(({ closes }) => closes.length > 0).length;
    assert.equal(stand.tracker.closeMatching({ service: 'chat' }, ORDER, 10), 100);
    assert.equal(told(), 1);
    const last = all.at(-1);
    assert.ok(last !== undefined);
    stand.close(last);
    for (const [afterMs, from, to] of [
      [1000, 10, 12],
      [4000, 49, 52],
      [6000, 99, 99],
    ] as const) {
      stand.clock.advance(afterMs);
      assert.ok(told() >= from && told() <= to, `${told()} were told`);
    }
    assert.deepEqual([last.closes, other.closes], [[], []]);
  });

  for (const code of [999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 1000.5, Number.NaN]) {
    it(`cannot be done with ${code}`, () => assert.throws(() => closeOrder(code), RangeError));
  }

  it('has a reason of at most 123 bytes', () => {
    assert.equal(closeOrder(1000, 'ä'.repeat(61)).reason.length, 61);
    assert.throws(() => closeOrder(1000, 'ä'.repeat(62)), /at most 123 bytes/);
  });
});
