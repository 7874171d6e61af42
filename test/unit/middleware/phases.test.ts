import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Exchange, ExchangePhases } from '../../../src/exchange/exchange.js';
import { silentLog } from '../../../src/exchange/log.js';
import type { Middleware } from '../../../src/exchange/middleware.js';
import { ProxyError } from '../../../src/exchange/proxy-error.js';
import { runEndPhase, runRequestPhase, runResponsePhase } from '../../../src/middleware/phases.js';
import { fakeExchange, responseHead } from './fake-exchange.js';

/** A middleware that notes its hooks in `calls`. `over` replaces single hooks. */
function noting(name: string, calls: string[], over: Partial<Middleware> = {}): Middleware {
  return {
    name,
    onRequest: () => void calls.push(`${name} request`),
    onResponse: () => void calls.push(`${name} response`),
    onEnd: () => void calls.push(`${name} end`),
    ...over,
  };
}

/** Wires the phases as a pipeline does: a failing response phase is answered without the phase. */
function pipelineOf(middlewares: readonly Middleware[], calls: string[]): ExchangePhases {
  return {
    response(exchange, head, then) {
      runResponsePhase(exchange, middlewares, head, then, (error) => {
        calls.push(`failure ${error.message}`);
        head.status = error.traits.status;
        then();
      });
    },
    ended(exchange, outcome) {
      void runEndPhase(exchange, middlewares, outcome, silentLog);
    },
  };
}

function start(middlewares: readonly Middleware[], calls: string[]) {
  const made = fakeExchange({ phases: pipelineOf(middlewares, calls) });
  runRequestPhase(made.exchange, middlewares, () => calls.push('then'));
  return made;
}

const gone = (exchange: Exchange): void => exchange.fail(new ProxyError('client-gone'));
const answer = (exchange: Exchange) => exchange.respond(403, [], 'no');
const boom = (): never => {
  throw new Error('boom');
};

describe('runRequestPhase', () => {
  it('runs every hook in order, at once where all are synchronous', () => {
    const calls: string[] = [];
    const { exchange } = start([noting('a', calls), { name: 'none' }, noting('b', calls)], calls);
    assert.deepEqual(calls, ['a request', 'b request', 'then']);
    assert.equal(exchange.middlewaresRun, 3);
  });

  it('goes on without middlewares', () => {
    const calls: string[] = [];
    start([], calls);
    assert.deepEqual(calls, ['then']);
  });

  it('waits for what is a promise and keeps the order', async () => {
    const calls: string[] = [];
    const slow = async () => {
      await turn();
      calls.push('slow request');
    };
    start([noting('a', calls), noting('slow', calls, { onRequest: slow }), noting('b', calls)], calls);
    assert.deepEqual(calls, ['a request']);
    await turn();
    await turn();
    assert.deepEqual(calls, ['a request', 'slow request', 'b request', 'then']);
  });

  for (const [kind, onRequest] of [
    ['a synchronous answer', answer],
    ['an answer after an await', async (exchange: Exchange) => answer(exchange)],
    ['an answer that is not returned', (exchange: Exchange) => void answer(exchange)],
  ] as const) {
    it(`stops at ${kind}; those that ran see the later phases, in reverse`, async () => {
      const calls: string[] = [];
      const middlewares = [noting('a', calls), noting('b', calls, { onRequest }), noting('c', calls)];
      const { exchange, writer } = start(middlewares, calls);
      await turn();
      assert.deepEqual(calls, ['a request', 'b response', 'a response', 'b end', 'a end']);
      assert.equal(exchange.outcome?.status, 403);
      assert.equal(exchange.outcome?.error, null);
      assert.equal(writer.body, 'no');
    });
  }

  for (const [kind, onRequest] of [
    ['a throw', boom],
    ['a rejection', async () => boom()],
  ] as const) {
    it(`ends the exchange as middleware-failed on ${kind}`, async () => {
      const calls: string[] = [];
      const { exchange, writer } = start([noting('a', calls), noting('bad', calls, { onRequest })], calls);
      await turn();
      assert.equal(exchange.outcome?.error?.code, 'middleware-failed');
      assert.equal(exchange.outcome?.error?.message, 'bad: boom');
      assert.equal(exchange.status, 500);
      assert.equal(writer.heads.length, 1);
      assert.deepEqual(calls, ['a request', 'bad response', 'a response', 'bad end', 'a end']);
    });
  }

  for (const late of [() => undefined, answer, boom]) {
    it(`stops where the client left during an await (${late.name || 'nothing'} comes too late)`, async () => {
      const calls: string[] = [];
      const onRequest = async (exchange: Exchange) => {
        await turn();
        return late(exchange);
      };
      const { exchange, writer } = start([noting('slow', calls, { onRequest }), noting('b', calls)], calls);
      gone(exchange);
      await turn();
      await turn();
      assert.deepEqual(calls, ['slow end']);
      assert.equal(exchange.outcome?.status, 499);
      assert.equal(writer.headSent, false);
    });
  }

  it('stops where a hook itself ended the exchange', () => {
    const calls: string[] = [];
    start([noting('a', calls, { onRequest: (exchange) => void gone(exchange) }), noting('b', calls)], calls);
    assert.deepEqual(calls, ['a end']);
  });

  it('takes a thenable that is no promise, and one that settles twice', async () => {
    const calls: string[] = [];
    const twice = {
      // biome-ignore lint/suspicious/noThenProperty: what a careless plugin may return
      then(onValue: (value: undefined) => void, onError: (error: Error) => void) {
        onValue(undefined);
        onError(new Error('again'));
        onValue(undefined);
      },
    } as unknown as Promise<undefined>;
    start([noting('odd', calls, { onRequest: () => twice })], calls);
    await turn();
    assert.deepEqual(calls, ['then']);
  });

  it('does not take a failure behind the chain for one of a middleware', () => {
    const { exchange } = fakeExchange();
    assert.throws(() => runRequestPhase(exchange, [noting('a', [])], boom), /boom/);
  });
});

describe('runResponsePhase', () => {
  function respond(middlewares: readonly Middleware[], calls: string[]) {
    const made = fakeExchange();
    made.exchange.middlewaresRun = middlewares.length;
    const head = responseHead();
    const fail = (error: ProxyError): void => void calls.push(`failure ${error.code} ${error.message}`);
    runResponsePhase(made.exchange, middlewares, head, () => calls.push('then'), fail);
    return made;
  }

  it('runs in reverse order over those that ran, at once', () => {
    const calls: string[] = [];
    const { exchange } = fakeExchange();
    exchange.middlewaresRun = 2;
    const middlewares = ['a', 'b', 'c'].map((name) => noting(name, calls));
    runResponsePhase(exchange, middlewares, responseHead(), () => calls.push('then'), assert.fail);
    assert.deepEqual(calls, ['b response', 'a response', 'then']);
  });

  it('waits for what is a promise', async () => {
    const calls: string[] = [];
    const onResponse = async () => {
      await turn();
      calls.push('slow response');
    };
    respond([noting('a', calls), noting('slow', calls, { onResponse }), noting('c', calls)], calls);
    assert.deepEqual(calls, ['c response']);
    await turn();
    await turn();
    assert.deepEqual(calls, ['c response', 'slow response', 'a response', 'then']);
  });

  for (const onResponse of [boom, async () => boom()]) {
    it(`tells a ${onResponse === boom ? 'throw' : 'rejection'} once, and not then`, async () => {
      const calls: string[] = [];
      respond([noting('a', calls), noting('bad', calls, { onResponse })], calls);
      await turn();
      assert.deepEqual(calls, ['failure middleware-failed bad: boom']);
    });
  }

  it('stops where the client left during an await', async () => {
    for (const late of [() => undefined, boom]) {
      const calls: string[] = [];
      const onResponse = async () => {
        await turn();
        late();
      };
      const { exchange } = respond([noting('a', calls), noting('slow', calls, { onResponse })], calls);
      gone(exchange);
      await turn();
      await turn();
      assert.deepEqual(calls, []);
    }
  });

  it('leaves the head to a failure that was answered meanwhile', async () => {
    const calls: string[] = [];
    const { writer } = respond([noting('slow', calls, { onResponse: () => turn() })], calls);
    writer.headSent = true;
    await turn();
    await turn();
    assert.deepEqual(calls, []);
  });

  it('does not loop where the hook throws on the error response too', () => {
    const calls: string[] = [];
    const { exchange, writer } = start([noting('bad', calls, { onRequest: boom, onResponse: boom })], calls);
    assert.deepEqual(calls, ['failure bad: boom', 'bad end']);
    assert.equal(writer.heads.length, 1);
    assert.equal(exchange.status, 500);
  });
});

describe('runEndPhase', () => {
  it('runs them all in reverse, whatever throws or rejects, and logs that', async () => {
    const calls: string[] = [];
    const logged: unknown[] = [];
    const { exchange } = fakeExchange();
    exchange.middlewaresRun = 3;
    const middlewares = [
      noting('a', calls),
      noting('throws', calls, { onEnd: boom }),
      noting('rejects', calls, { onEnd: async () => boom() }),
      noting('never ran', calls),
    ];
    exchange.finish(null);
    assert.ok(exchange.outcome);
    const ended = runEndPhase(exchange, middlewares, exchange.outcome, {
      level: 'info',
      write: (level, _message, fields) => logged.push([level, fields.middleware, fields.detail, fields.request_id]),
    });
    assert.deepEqual(calls, ['a end']);
    await ended;
    assert.deepEqual(logged, [
      ['error', 'throws', 'boom', 'id-1'],
      ['error', 'rejects', 'boom', 'id-1'],
    ]);
  });
});
