import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counters } from '../../../src/exchange/counters.js';
import { RoomQueue } from '../../../src/service/room-queue.js';
import { CountingWaiter } from './stub-service.js';

const tick = () => new Promise<void>((resolve) => process.nextTick(resolve));

function stand(...answers: (() => boolean)[]) {
  const counters = new Counters();
  const queue = new RoomQueue(counters);
  const waiters = answers.map((answer) => new CountingWaiter(answer));
  for (const waiter of waiters) queue.add(waiter);
  return { counters, queue, waiters, told: () => waiters.map((waiter) => waiter.told) };
}

test('room goes to the first who takes it; whoever has no use for it keeps its place', async () => {
  const { queue, told } = stand(
    () => false,
    () => true,
    () => true,
  );
  queue.roomMade();
  assert.deepEqual(told(), [0, 0, 0], 'not from within a release');
  await tick();
  assert.deepEqual(told(), [1, 1, 0]);
});

test('where there may be room for several, it goes round until nobody takes any', () => {
  let rooms = 2;
  const stood = stand(...[0, 1, 2].map((index) => () => take(index)));
  const take = (index: number): boolean => {
    if (rooms === 0) return false;
    rooms--;
    const taker = stood.waiters[index];
    if (taker !== undefined) stood.queue.delete(taker);
    return true;
  };
  stood.queue.tellAll();
  assert.deepEqual(stood.told(), [1, 1, 1]);
  assert.equal(stood.counters.waiting, 1);
});

test('who stops waiting is told no more, and is counted once', async () => {
  const { counters, queue, waiters, told } = stand(() => true);
  assert.equal(counters.waiting, 1);
  const [only] = waiters;
  if (only !== undefined) {
    queue.delete(only);
    queue.delete(only);
  }
  queue.roomMade();
  await tick();
  assert.deepEqual(told(), [0]);
  assert.deepEqual(counters.open(), {});
});
