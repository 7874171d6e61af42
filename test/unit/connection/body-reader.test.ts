import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BodyFeed, BodyReader } from '../../../src/connection/body-reader.js';
import { ProxyError } from '../../../src/exchange/proxy-error.js';
import { type BodyFraming, CHUNKED, NO_BODY, UNTIL_CLOSE } from '../../../src/protocol/http1/body-framing.js';
import { RecordingSink } from './recording-sink.js';

const GONE = new ProxyError('backend-gone');

class RecordingFeed implements BodyFeed {
  readonly calls: string[] = [];

  pullBody(): void {
    this.calls.push('pull');
  }

  holdBody(): void {
    this.calls.push('hold');
  }
}

function reading(framing: BodyFraming, maxPayloadBytes = 0, side: 'client' | 'backend' = 'client') {
  const feed = new RecordingFeed();
  const sink = new RecordingSink();
  const body = new BodyReader(framing, feed, side, maxPayloadBytes);
  /** How many of the text's bytes were taken. */
  const take = (text: string): number => {
    const bytes = Buffer.from(`<${text}>`, 'latin1');
    return body.take(bytes, 1, bytes.length - 1) - 1;
  };
  return { feed, sink, body, take };
}

const length = (bytes: number): BodyFraming => ({ kind: 'length', bytes });

test('no body is whole from the start', () => {
  for (const framing of [NO_BODY, length(0)]) {
    const { body, sink, feed, take } = reading(framing);
    assert.equal(body.complete, true);
    assert.equal(take('next'), 0);
    body.start(sink);
    assert.deepEqual([sink.endings, feed.calls, body.wanted], [['end'], [], false]);
  }
});

test('nothing is taken before start(), which pulls', () => {
  const { body, sink, feed, take } = reading(length(4));
  assert.equal(take('body'), 0);
  body.start(sink);
  assert.deepEqual(feed.calls, ['pull']);
  assert.equal(take('bo'), 2);
  assert.equal(body.complete, false);
  assert.equal(take('dyGET'), 2);
  assert.deepEqual([sink.text, sink.endings, body.complete, body.leftoverBytes], ['body', ['end'], true, 3]);
  assert.equal(take('GET'), 0);
});

test('a chunked body ends behind its last line, framing included', () => {
  const { body, sink, take } = reading(CHUNKED);
  body.start(sink);
  const text = '3\r\nabc\r\n0\r\n\r\n';
  assert.equal(take(`${text}HTTP`), text.length);
  assert.deepEqual([sink.text, sink.endings, body.bytesSeen], [text, ['end'], text.length]);
});

test('tiny chunks whose lines are written anew are told in few pieces', () => {
  const many = 32_768;
  const { body, sink, take } = reading(CHUNKED);
  body.start(sink);
  const text = `${'1;a\r\nx\r\n'.repeat(many)}01\r\ny\r\n0\r\n\r\n`;
  assert.equal(take(text), text.length);
  assert.ok(sink.text === `${'1\r\nx\r\n'.repeat(many)}1\r\ny\r\n0\r\n\r\n`);
  assert.deepEqual([sink.endings, body.bytesSeen], [['end'], sink.text.length]);
  assert.ok(sink.pieces <= 4, `${sink.pieces} pieces`);
});

test('so is their payload alone, and long spans stand between in their order', () => {
  const long = 'l'.repeat(5_000);
  const { body, sink, take } = reading(CHUNKED);
  body.start(sink, true);
  take(`1\r\na\r\n1\r\nb\r\n1388\r\n${long}\r\n1\r\nc\r\n1\r\nd\r\n0\r\n\r\n`);
  assert.deepEqual([sink.text, sink.pieces, sink.endings], [`ab${long}cd`, 3, ['end']]);
});

test('what stands before a malformed chunk in the same bytes is told', () => {
  const { body, sink, take } = reading(CHUNKED);
  body.start(sink);
  take('1;a\r\nx\r\n1;a\r\ny\r\nz');
  assert.deepEqual([sink.text, sink.endings], ['1\r\nx\r\n1\r\ny\r\n', ['bad-request-body']]);
});

test('a body until close ends with the connection', () => {
  const { body, sink, take } = reading(UNTIL_CLOSE, 0, 'backend');
  body.start(sink);
  take('all of it');
  body.connectionEnded(GONE);
  body.connectionEnded(GONE);
  body.fail(GONE);
  assert.deepEqual([sink.text, sink.endings, body.complete, body.failed], ['all of it', ['end'], true, false]);
});

test('a connection that ends within any other body fails it, once', () => {
  for (const framing of [length(10), CHUNKED]) {
    const { body, sink, take } = reading(framing, 0, 'backend');
    body.start(sink);
    take('5\r\nhe');
    body.connectionEnded(GONE);
    body.connectionEnded(GONE);
    assert.deepEqual([sink.endings, body.complete, body.failed], [['backend-gone'], false, true]);
    assert.equal(take('llo'), 0);
  }
});

test('what ends or fails before start() is told at start()', () => {
  const failed = reading(length(10));
  failed.body.fail(GONE);
  failed.body.start(failed.sink);
  assert.deepEqual([failed.sink.endings, failed.feed.calls], [['backend-gone'], []]);
  const ended = reading(UNTIL_CLOSE);
  ended.body.connectionEnded(GONE);
  ended.body.start(ended.sink);
  assert.deepEqual(ended.sink.endings, ['end']);
});

test('a sink that is congested pauses the feed until resume()', () => {
  const { body, sink, feed, take } = reading(length(100));
  body.start(sink);
  sink.takesMore = false;
  assert.equal(take('first'), 5);
  assert.deepEqual([feed.calls, body.paused, body.wanted], [['pull', 'hold'], true, false]);
  assert.equal(take('second'), 0);
  body.pause();
  assert.deepEqual(feed.calls, ['pull', 'hold']);
  sink.takesMore = true;
  body.resume();
  body.resume();
  assert.deepEqual(feed.calls, ['pull', 'hold', 'pull']);
  assert.equal(take('second'), 6);
  assert.equal(sink.text, 'firstsecond');
});

test('a body that ends in the chunk that congests its sink is whole, and holds nothing back', () => {
  const { body, sink, take } = reading(length(5));
  body.start(sink);
  sink.takesMore = false;
  take('whole');
  assert.deepEqual([sink.endings, body.complete], [['end'], true]);
  body.resume();
  body.pause();
  assert.equal(body.wanted, false);
});

test('a malformed body is the fault of its side', () => {
  for (const [side, code] of [
    ['client', 'bad-request-body'],
    ['backend', 'bad-response'],
  ] as const) {
    const { body, sink, take } = reading(CHUNKED, 0, side);
    body.start(sink);
    take('3\r\nabc\r\nno chunk');
    assert.deepEqual([sink.endings, body.failed], [[code], true]);
    assert.ok(sink.text.startsWith('3\r\nabc'));
  }
});

test('the limit counts payload, whatever the framing, and what is refused never looks whole', () => {
  const exact = reading(CHUNKED, 6);
  exact.body.start(exact.sink);
  exact.take('3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n');
  assert.deepEqual(exact.sink.endings, ['end']);
  for (const pieces of [['3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n'], [...'3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n']]) {
    const over = reading(CHUNKED, 6);
    over.body.start(over.sink);
    for (const piece of pieces) over.take(piece);
    assert.deepEqual(over.sink.endings, ['body-too-large']);
    assert.ok(!over.sink.text.includes('0\r\n\r\n'));
  }
});

test('an abandoned body tells nothing more', () => {
  const { body, sink, take } = reading(length(10));
  body.start(sink);
  take('half');
  body.abandon();
  take('second');
  body.connectionEnded(GONE);
  body.fail(GONE);
  assert.deepEqual([sink.text, sink.endings, body.wanted], ['half', [], false]);
});

test('a sink that abandons the body within a chunk is told no end', () => {
  const { body, sink, take } = reading(length(4));
  body.start(sink);
  sink.inside = () => body.abandon();
  take('body');
  assert.deepEqual([sink.text, sink.endings], ['body', []]);
});

test('for a peer without chunks only payload is told', () => {
  const { body, sink, take } = reading(CHUNKED, 0, 'backend');
  body.start(sink, true);
  take('3;x=y\r\nabc\r\n002\r\nde\r\n0\r\nX-Sum: 1\r\n\r\n');
  assert.deepEqual([sink.text, sink.endings], ['abcde', ['end']]);
});

test('payload is shown beside the relay', () => {
  const { body, sink, take } = reading(CHUNKED, 0, 'backend');
  let payload = '';
  body.onPayload = (bytes, from, to) => {
    payload += bytes.toString('latin1', from, to);
  };
  body.start(sink);
  assert.equal(body.atChunkBoundary, true);
  take('3\r\na');
  assert.equal(body.atChunkBoundary, false);
  take('bc\r\n');
  assert.deepEqual([payload, body.atChunkBoundary], ['abc', true]);
});
