import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AnswerLimits, ServiceAnswers } from '../../../src/middleware/service-answers.js';
import { ManualClock } from '../../support/manual-clock.js';
import { settled } from '../../support/turns.js';

interface Asked {
  readonly host: string;
  answer(service: string): Promise<void>;
  fail(why: string): Promise<void>;
}

/** Answers whose source the test plays. */
function setUp(limits: Partial<AnswerLimits> = {}) {
  const clock = new ManualClock();
  const asked: Asked[] = [];
  const failures: string[] = [];
  const source = {
    ask: (host: string) => {
      return new Promise<string>((resolve, reject) => {
        const answer = async (service: string) => {
          resolve(service);
          await settled();
        };
        const fail = async (why: string) => {
          reject(new Error(why));
          await settled();
        };
        asked.push({ host, answer, fail });
      });
    },
    onFailure: (host: string, failure: string) => void failures.push(`${host}: ${failure}`),
  };
  const all = { expiryMs: 60_000, staleMs: 60_000, maxEntries: 100, ...limits };
  return { clock, asked, failures, answers: new ServiceAnswers(source, all, clock) };
}

test('all who ask at once wait for one answer, and it is kept until it expires', async () => {
  const { clock, asked, answers } = setUp({ staleMs: 0 });
  const waiting = [answers.of('a'), answers.of('a'), answers.of('b')];
  assert.deepEqual(
    asked.map(({ host }) => host),
    ['a', 'b'],
  );
  await asked[0]?.answer('green');
  clock.advance(30_000);
  await asked[1]?.answer('');
  assert.deepEqual(await Promise.all(waiting), ['green', 'green', '']);
  clock.advance(29_999);
  assert.equal(answers.of('a'), 'green');
  clock.advance(1);
  assert.equal(typeof answers.of('a'), 'object', 'each host has its own expiry');
  assert.equal(answers.of('b'), '');
});

test('an old answer serves while one new one is asked for', async () => {
  const { clock, asked, answers } = setUp();
  void answers.of('a');
  await asked[0]?.answer('green');
  clock.advance(60_000);
  assert.deepEqual([answers.of('a'), answers.of('a')], ['green', 'green']);
  assert.equal(asked.length, 2);
  await asked[1]?.answer('blue');
  assert.equal(answers.of('a'), 'blue');
  clock.advance(120_000);
  assert.equal(typeof answers.of('a'), 'object', 'too old to serve');
});

test('where a new one cannot be had the old one serves on, as long as it may, and is asked for every 5 s', async () => {
  const { clock, asked, failures, answers } = setUp();
  void answers.of('a');
  await asked[0]?.answer('green');
  clock.advance(112_000);
  assert.equal(answers.of('a'), 'green');
  await asked[1]?.fail('no');
  assert.equal(answers.of('a'), 'green');
  assert.equal(asked.length, 2);
  clock.advance(5000);
  assert.equal(answers.of('a'), 'green');
  assert.equal(asked.length, 3);
  await asked[2]?.fail('no');
  clock.advance(3000);
  const waiting = answers.of('a');
  await asked[3]?.fail('no');
  assert.equal(await waiting, '');
  assert.deepEqual(failures, ['a: no']);
});

test('a failure changes nothing for 5 s, and is told once until it is over or another', async () => {
  const { clock, asked, failures, answers } = setUp({ staleMs: 0 });
  const next = async (end: (one: Asked | undefined) => Promise<void> | undefined) => {
    const waiting = answers.of('a');
    await end(asked.at(-1));
    const service = await waiting;
    assert.equal(answers.of('a'), service);
    clock.advance(4999);
    assert.equal(answers.of('a'), service);
    clock.advance(1);
    return service;
  };
  assert.equal(await next((one) => one?.fail('refused')), '');
  assert.equal(await next((one) => one?.fail('refused')), '');
  assert.equal(await next((one) => one?.fail('late')), '');
  assert.equal(await next((one) => one?.answer('green')), 'green');
  clock.advance(60_000);
  assert.equal(await next((one) => one?.fail('late')), '');
  assert.deepEqual(failures, ['a: refused', 'a: late', 'a: late']);
});

test('a name that is no service is told once, however many got it, and asked for anew after 5 s', async () => {
  const { clock, asked, failures, answers } = setUp();
  for (let round = 0; round < 3; round++) {
    const waiting = [answers.of('a'), answers.of('a')];
    await asked[round]?.answer('gone');
    for (const service of await Promise.all(waiting)) answers.refuse('a', service);
    assert.equal(answers.of('a'), '');
    clock.advance(5000);
  }
  assert.equal(asked.length, 3);
  void answers.of('a');
  await asked[3]?.answer('green');
  assert.equal(answers.of('a'), 'green');
  assert.deepEqual(failures, ['a: there is no service "gone"']);
});

test('hosts beyond the limit are forgotten, but never asked for twice at once', async () => {
  const { asked, answers } = setUp({ maxEntries: 1 });
  void answers.of('a');
  await asked[0]?.answer('green');
  void answers.of('b');
  await asked[1]?.answer('blue');
  const waiting = answers.of('a');
  assert.equal(answers.of('a'), waiting);
  assert.equal(answers.of('b'), 'blue');
  assert.equal(asked.length, 3);
});
