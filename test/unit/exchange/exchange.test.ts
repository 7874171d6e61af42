import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Exchange } from '../../../src/exchange/exchange.js';
import type { Outcome } from '../../../src/exchange/outcome.js';
import { ProxyError } from '../../../src/exchange/proxy-error.js';
import { HeaderList } from '../../../src/protocol/http1/header-list.js';
import { type FakeRequest, fakeExchange } from '../middleware/fake-exchange.js';

const OK = { status: 200, headers: new HeaderList([['X-A', '1']]), body: Buffer.from('fine') };

/** An exchange that writes down how it ended and what it gave back. */
function played(request: FakeRequest = {}) {
  const outcomes: Outcome[] = [];
  const released = { times: 0 };
  let nowMs = 0;
  const { exchange, writer } = fakeExchange({
    phases: {
      response: (_exchange, _head, then) => then(),
      ended: (_exchange, outcome) => {
        outcomes.push(outcome);
      },
    },
    nowMs: () => nowMs,
    ...request,
  });
  exchange.release = () => {
    released.times++;
  };
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { exchange, writer, outcomes, released, pass };
}

test('finish() ends once: release, outcome, nothing more', () => {
  const { exchange, outcomes, released, pass } = played();
  pass(1_500);
  exchange.finish(null);
  exchange.finish(new ProxyError('client-gone'));
  exchange.fail(new ProxyError('response-timeout'));
  assert.deepEqual([outcomes.length, released.times, exchange.ended], [1, 1, true]);
  assert.deepEqual([outcomes[0]?.error, outcomes[0]?.durationMs], [null, 1_500]);
});

test('a local response is written whole and ends the exchange', () => {
  const { exchange, writer, outcomes } = played();
  exchange.sendLocal(OK);
  assert.equal(writer.heads[0]?.headers.format(), 'X-A: 1\r\nContent-Length: 4\r\n');
  assert.deepEqual([writer.heads[0]?.status, writer.heads[0]?.reason, writer.body], [200, 'OK', 'fine']);
  assert.deepEqual([outcomes[0]?.status, outcomes[0]?.responseBytes, outcomes[0]?.error], [200, 4, null]);
});

test('HEAD gets the length without the body; 204 and 304 get neither', () => {
  const head = played({ method: 'HEAD' });
  head.exchange.sendLocal({ ...OK, headers: new HeaderList() });
  assert.deepEqual([head.writer.heads[0]?.headers.get('content-length'), head.writer.body], ['4', '']);
  for (const status of [204, 304]) {
    const { exchange, writer } = played();
    exchange.sendLocal({ status, headers: new HeaderList(), body: Buffer.from('not sent') });
    assert.deepEqual([writer.heads[0]?.headers.size, writer.body], [0, '']);
  }
});

test('a failure before the head is a problem response with its status', () => {
  const { exchange, writer, outcomes } = played();
  const error = new ProxyError('connect-refused', 'the inside');
  exchange.fail(error);
  assert.deepEqual([writer.heads[0]?.status, writer.aborted], [502, false]);
  assert.deepEqual([outcomes[0]?.status, outcomes[0]?.error], [502, error]);
  assert.ok(!writer.body.includes('the inside'));
});

test('a failure after the head cuts the connection and keeps the status that was sent', () => {
  const { exchange, writer, outcomes } = played();
  exchange.sendHead({ status: 200, reason: 'OK', headers: new HeaderList() }, { kind: 'chunked' }, () => {});
  exchange.fail(new ProxyError('backend-gone'));
  assert.deepEqual([writer.heads.length, writer.aborted, outcomes[0]?.status], [1, true, 200]);
  assert.equal(outcomes[0]?.error?.code, 'backend-gone');
});

test('a client that left gets nothing: 499 in the outcome, or what was sent before', () => {
  const early = played();
  early.exchange.onClientLost(new ProxyError('client-gone'));
  assert.deepEqual([early.writer.heads.length, early.writer.aborted, early.outcomes[0]?.status], [0, true, 499]);
  const late = played();
  late.exchange.sendHead({ status: 206, reason: '', headers: new HeaderList() }, { kind: 'none' }, () => {});
  late.exchange.onClientLost(new ProxyError('client-gone'));
  assert.deepEqual([late.writer.aborted, late.outcomes[0]?.status], [true, 206]);
});

test('a second failure while the response of the first waits for its phase ends it once', () => {
  let goOn: (() => void) | null = null;
  const outcomes: Outcome[] = [];
  const { exchange, writer } = fakeExchange({
    phases: {
      // As the pipeline does: not `then` where the exchange ended meanwhile.
      response: (one: Exchange, _head, then) => {
        goOn = () => (one.ended ? undefined : then());
      },
      ended: (_exchange, outcome) => outcomes.push(outcome),
    },
  });
  exchange.fail(new ProxyError('connect-refused'));
  exchange.fail(new ProxyError('client-gone'));
  const run = goOn as (() => void) | null;
  run?.();
  assert.deepEqual([writer.heads.length, outcomes.length, outcomes[0]?.error?.code], [0, 1, 'client-gone']);
});

test('informational responses stop at the head and at the end', () => {
  const statuses: number[] = [];
  const { exchange, writer } = played();
  writer.writeInformational = (...[head]: [{ status: number }?]) => statuses.push(head?.status ?? 0);
  exchange.inform(103, [['Link', '</a>']]);
  exchange.sendLocal(OK);
  exchange.inform(103);
  assert.deepEqual(statuses, [103]);
});

test('what a middleware keeps is made once per exchange', () => {
  const { exchange } = played();
  const [one, other] = [{ name: 'one' }, { name: 'other' }];
  const state = exchange.stateOf(one, () => ({ count: 0 }));
  state.count++;
  assert.equal(exchange.stateOf(one, () => ({ count: 9 })).count, 1);
  assert.equal(
    exchange.stateOf(other, () => undefined),
    undefined,
  );
});

test('the kind is told from the request', () => {
  const kindOf = (...headers: (readonly [string, string])[]) => fakeExchange({ headers }).exchange.kind;
  assert.equal(kindOf(), 'http');
  assert.equal(kindOf(['Accept', 'text/html, Text/Event-Stream;q=0.5']), 'sse');
  assert.equal(kindOf(['Connection', 'keep-alive, Upgrade'], ['Upgrade', 'WebSocket']), 'websocket');
  assert.equal(kindOf(['Upgrade', 'websocket']), 'http');
});
