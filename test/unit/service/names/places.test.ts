import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressSet, placesOf } from '../../../../src/service/names/places.js';

/** One line for each place. */
function lines(answer: readonly string[], before: readonly string[] = []): string[] {
  const places = placesOf(
    answer,
    before.map((host) => ({ host, others: [] })),
  );
  return places.map(({ host, others }) => [host, ...others].join(' | '));
}

test('each address is a backend', () => {
  assert.deepEqual(lines(['10.0.0.2', '10.0.0.1']), ['10.0.0.1', '10.0.0.2']);
  assert.deepEqual(lines(['2001:db8::2', '2001:db8::1']), ['2001:db8::1', '2001:db8::2']);
  assert.deepEqual(lines([]), []);
});

test('localhost is one backend, by the family that the answer begins with', () => {
  assert.deepEqual(lines(['::1', '127.0.0.1']), ['::1 | 127.0.0.1']);
  assert.deepEqual(lines(['127.0.0.1', '::1']), ['127.0.0.1 | ::1']);
});

test('the family with more addresses makes the backends, the other one stands behind them', () => {
  assert.deepEqual(lines(['2001:db8::1', '10.0.0.2', '10.0.0.1']), ['10.0.0.1 | 2001:db8::1', '10.0.0.2']);
  assert.deepEqual(lines(['10.0.0.1', '2001:db8::3', '2001:db8::2', '2001:db8::1']), [
    '2001:db8::1 | 10.0.0.1',
    '2001:db8::2',
    '2001:db8::3',
  ]);
});

test('of as many each the family stays that there was', () => {
  const answer = ['2001:db8::1', '2001:db8::2', '10.0.0.1', '10.0.0.2'];
  assert.deepEqual(lines(answer, ['10.0.0.1']), ['10.0.0.1 | 2001:db8::1', '10.0.0.2 | 2001:db8::2']);
  assert.deepEqual(lines([...answer].reverse(), ['2001:db8::1']), ['2001:db8::1 | 10.0.0.1', '2001:db8::2 | 10.0.0.2']);
});

test('the same addresses are the same backends, in whatever order they come', () => {
  const answer = ['10.0.0.3', '10.0.0.1', '2001:db8::1', '2001:db8::2', '10.0.0.2'];
  const first = lines(answer);
  for (let turns = 0; turns < answer.length; turns++) {
    answer.push(answer.shift() as string);
    assert.deepEqual(lines(answer), first);
    assert.deepEqual(lines([...answer].reverse()), first);
  }
});

test('one address in two forms is one, a scope belongs to it, and what is none is left out', () => {
  assert.deepEqual(addressSet(['::ffff:10.0.0.1', '10.0.0.1', '::FFFF:a00:1']), ['10.0.0.1']);
  assert.deepEqual(addressSet(['2001:DB8::1', '2001:db8::1']), ['2001:db8::1']);
  assert.deepEqual(addressSet(['FE80::1%eth0', 'fe80::1%eth1', 'fe80::1%eth0']), ['fe80::1%eth0', 'fe80::1%eth1']);
  assert.deepEqual(addressSet(['', 'app.example', '10.0.0', '10.0.0.1']), ['10.0.0.1']);
  assert.deepEqual(lines(['::ffff:10.0.0.1', '2001:db8::1']), ['10.0.0.1 | 2001:db8::1']);
});
