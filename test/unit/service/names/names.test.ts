import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NamesStand } from './names-stand.js';

const NAME = 'app.example';

/** One that was resolved, to 10.0.0.1 and 10.0.0.2. */
async function resolved(refreshMs = 30_000): Promise<NamesStand> {
  const stand = new NamesStand();
  stand.follow({ [NAME]: refreshMs });
  await stand.answer(['10.0.0.1', '10.0.0.2']);
  stand.takeTold();
  return stand;
}

test('a new name is resolved at once, and known from the answer on', async () => {
  const stand = new NamesStand();
  stand.follow({ [NAME]: 30_000, 'other.example': 30_000 });
  assert.deepEqual(
    stand.questions.map(({ host }) => host),
    [NAME, 'other.example'],
  );
  assert.equal(stand.names.answerOf(NAME), null);
  await stand.answer(['10.0.0.1', '10.0.0.2'], 0);
  assert.deepEqual(stand.takeTold(), [`changed ${NAME}`]);
  assert.deepEqual(stand.hostsOf(NAME), ['10.0.0.1', '10.0.0.2']);
  assert.equal(stand.names.answerOf('other.example'), null);
});

test('it is resolved again every refresh, counted from the answer', async () => {
  const stand = await resolved();
  stand.clock.advance(29_999);
  assert.equal(stand.asked, 1);
  stand.clock.advance(1);
  assert.equal(stand.asked, 2);
  stand.clock.advance(2_000);
  await stand.answer(['10.0.0.3']);
  assert.deepEqual([stand.takeTold(), stand.hostsOf(NAME)], [[`changed ${NAME}`], ['10.0.0.3']]);
  stand.clock.advance(29_999);
  assert.equal(stand.asked, 2);
  stand.clock.advance(1);
  assert.equal(stand.asked, 3);
});

test('an answer turned around, or with an address twice, is no change', async () => {
  const stand = await resolved();
  const before = stand.names.answerOf(NAME);
  stand.clock.advance(30_000);
  await stand.answer(['10.0.0.2', '10.0.0.1', '10.0.0.2']);
  assert.deepEqual(stand.takeTold(), []);
  assert.equal(stand.names.answerOf(NAME), before);
});

test('a failure keeps the last answer, is told once, and tried again after 1 s, 2 s, 4 s', async () => {
  const stand = await resolved();
  stand.clock.advance(30_000);
  await stand.fail('getaddrinfo ENOTFOUND');
  assert.deepEqual(stand.takeTold(), [`failed ${NAME}: getaddrinfo ENOTFOUND`]);
  for (const [index, delayMs] of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000].entries()) {
    stand.clock.advance(delayMs - 1);
    assert.equal(stand.asked, 2 + index);
    stand.clock.advance(1);
    assert.equal(stand.asked, 3 + index);
    await stand.fail('getaddrinfo EAI_AGAIN');
  }
  assert.deepEqual([stand.takeTold(), stand.hostsOf(NAME)], [[], ['10.0.0.1', '10.0.0.2']]);
});

test('a recovery is told, a change only where there is one, and the refresh counts again', async () => {
  const stand = await resolved();
  for (const [addresses, told] of [
    [['10.0.0.2', '10.0.0.1'], [`recovered ${NAME}`]],
    [['10.0.0.2'], [`recovered ${NAME}`, `changed ${NAME}`]],
  ] as const) {
    stand.clock.advance(30_000);
    await stand.fail('no');
    stand.clock.advance(1_000);
    stand.takeTold();
    await stand.answer(addresses);
    assert.deepEqual(stand.takeTold(), told);
  }
  stand.clock.advance(29_999);
  assert.equal(stand.asked, 5);
  stand.clock.advance(1);
  assert.equal(stand.asked, 6);
});

test('no retry comes later than the refresh would', async () => {
  const stand = await resolved(1_500);
  stand.clock.advance(1_500);
  await stand.fail('no');
  stand.clock.advance(1_000);
  await stand.fail('no');
  stand.clock.advance(1_500);
  assert.equal(stand.asked, 4);
});

test('an answer without an address is a failure', async () => {
  const stand = await resolved();
  for (const answer of [[], ['not an address']]) {
    stand.clock.advance(30_000);
    await stand.answer(answer);
  }
  assert.deepEqual(stand.takeTold(), [`failed ${NAME}: the answer has no addresses`]);
  assert.deepEqual(stand.hostsOf(NAME), ['10.0.0.1', '10.0.0.2']);
});

test('a lookup that takes 5 s has failed; none is begun beside it, and its late answer counts', async () => {
  const stand = await resolved();
  stand.clock.advance(30_000);
  stand.clock.advance(4_999);
  assert.deepEqual(stand.takeTold(), []);
  stand.clock.advance(1);
  assert.deepEqual(stand.takeTold(), [`failed ${NAME}: no answer within 5 s`]);
  stand.clock.advance(10_000);
  assert.equal(stand.asked, 2);
  await stand.answer(['10.0.0.9']);
  assert.deepEqual(stand.takeTold(), [`recovered ${NAME}`, `changed ${NAME}`]);
  assert.deepEqual(stand.hostsOf(NAME), ['10.0.0.9']);
  stand.clock.advance(29_999);
  assert.equal(stand.asked, 2);
  stand.clock.advance(1);
  assert.equal(stand.asked, 3);
});

test('a late failure is no second one: the next lookup comes when it would have', async () => {
  const stand = await resolved();
  stand.clock.advance(35_000);
  await stand.fail('timed out');
  assert.deepEqual(stand.takeTold(), [`failed ${NAME}: no answer within 5 s`]);
  stand.clock.advance(999);
  assert.equal(stand.asked, 2);
  stand.clock.advance(1);
  assert.equal(stand.asked, 3);
});

test('with a refresh of 0 it is resolved until that succeeded, and then never again', async () => {
  const stand = new NamesStand();
  stand.follow({ [NAME]: 0 });
  await stand.fail('no');
  stand.clock.advance(1_000);
  await stand.fail('no');
  stand.clock.advance(2_000);
  assert.equal(stand.asked, 3);
  await stand.answer(['10.0.0.1']);
  assert.deepEqual(stand.takeTold(), [`failed ${NAME}: no`, `recovered ${NAME}`, `changed ${NAME}`]);
  stand.clock.advance(86_400_000);
  assert.equal(stand.asked, 3);
});

test('following a name on asks for nothing; another refresh counts from the last answer', async () => {
  const stand = await resolved();
  stand.clock.advance(10_000);
  stand.follow({ [NAME]: 30_000 });
  stand.clock.advance(19_999);
  assert.equal(stand.asked, 1);
  stand.follow({ [NAME]: 60_000 });
  stand.clock.advance(30_000);
  assert.equal(stand.asked, 1);
  stand.follow({ [NAME]: 10_000 });
  assert.equal(stand.asked, 1, 'not from within the call');
  stand.clock.advance(0);
  assert.equal(stand.asked, 2);
  stand.follow({ [NAME]: 5_000 });
  stand.clock.advance(4_999);
  assert.deepEqual([stand.asked, stand.takeTold()], [2, []], 'the question that is asked is not overdue for it');
  await stand.answer(['10.0.0.1']);
  stand.clock.advance(5_000);
  assert.equal(stand.asked, 3);
  await stand.answer(['10.0.0.1']);
  stand.follow({ [NAME]: 0 });
  stand.clock.advance(86_400_000);
  assert.equal(stand.asked, 3);
});

test('a name that nobody wants is forgotten; back again it is new, whatever an old lookup says', async () => {
  const stand = await resolved();
  stand.clock.advance(30_000);
  stand.follow({});
  assert.equal(stand.names.answerOf(NAME), null);
  stand.clock.advance(100_000);
  assert.equal(stand.asked, 2);
  stand.follow({ [NAME]: 30_000 });
  assert.equal(stand.asked, 3);
  await stand.answer(['10.0.0.66'], 1);
  assert.deepEqual([stand.takeTold(), stand.names.answerOf(NAME)], [[], null]);
  await stand.answer(['10.0.0.1'], 2);
  assert.deepEqual([stand.takeTold(), stand.hostsOf(NAME)], [[`changed ${NAME}`], ['10.0.0.1']]);
});

test('stop() with a lookup on its way: nothing is told, nothing runs', async () => {
  for (const late of [false, true]) {
    const stand = new NamesStand();
    stand.follow({ [NAME]: 30_000, 'other.example': 0 });
    if (late) stand.clock.advance(5_000);
    stand.takeTold();
    stand.names.stop();
    await stand.answer(['10.0.0.1'], 0);
    await stand.fail('no', 1);
    stand.clock.advance(86_400_000);
    assert.deepEqual([stand.takeTold(), stand.asked, stand.names.answerOf(NAME)], [[], 2, null]);
  }
});

test('an address is its own answer, and never resolved', () => {
  const stand = new NamesStand();
  stand.follow({ '10.0.0.1': 1_000, '::1': 1_000 });
  stand.clock.advance(10_000);
  assert.equal(stand.asked, 0);
  assert.deepEqual(stand.names.answerOf('::1'), [{ host: '::1', others: [] }]);
});
