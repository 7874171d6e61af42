import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WriteProgress } from '../../../src/channel/write-progress.js';
import { StubChannel } from './stub-channel.js';

test('a peer for whom nothing waits is never stalled', () => {
  const progress = new WriteProgress();
  const channel = new StubChannel();
  for (const nowMs of [0, 1_000, 100_000]) assert.equal(progress.stalledMs(channel, nowMs), 0);
});

test('a peer that takes nothing of what waits is stalled since that was first seen', () => {
  const progress = new WriteProgress();
  const channel = new StubChannel();
  Object.assign(channel, { bytesWritten: 1_000, queuedBytes: 400 });
  assert.equal(progress.stalledMs(channel, 5_000), 0);
  assert.equal(progress.stalledMs(channel, 5_250), 250);
  assert.equal(progress.stalledMs(channel, 65_000), 60_000);
});

test('a first write of which nothing was taken yet counts from when it was seen, not from the beginning', () => {
  const progress = new WriteProgress();
  const channel = new StubChannel();
  Object.assign(channel, { bytesWritten: 1_000, queuedBytes: 1_000 });
  assert.equal(progress.stalledMs(channel, 3_600_000), 0);
  assert.equal(progress.stalledMs(channel, 3_600_250), 250);
});

test('every byte taken begins anew', () => {
  const progress = new WriteProgress();
  const channel = new StubChannel();
  Object.assign(channel, { bytesWritten: 1_000, queuedBytes: 400 });
  progress.stalledMs(channel, 0);
  channel.queuedBytes = 399;
  assert.equal(progress.stalledMs(channel, 10_000), 0);
  assert.equal(progress.stalledMs(channel, 10_250), 250);
});

test('more bytes that wait are no progress', () => {
  const progress = new WriteProgress();
  const channel = new StubChannel();
  Object.assign(channel, { bytesWritten: 1_000, queuedBytes: 400 });
  progress.stalledMs(channel, 0);
  channel.bytesWritten += 500;
  channel.queuedBytes += 500;
  assert.equal(progress.stalledMs(channel, 10_000), 10_000);
});

test('time in which nothing waited is not counted', () => {
  const progress = new WriteProgress();
  const channel = new StubChannel();
  channel.bytesWritten = 1_000;
  progress.stalledMs(channel, 0);
  channel.bytesWritten += 700;
  channel.queuedBytes = 700;
  assert.equal(progress.stalledMs(channel, 100_000), 0);
  assert.equal(progress.stalledMs(channel, 101_000), 1_000);
});
