import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HeadCollector } from '../../../../src/protocol/http1/head-collector.js';
import { codeOf, latin1 } from '../splits.js';

const LIMITS = { maxHeadBytes: 100, maxHeaders: 10, maxLineBytes: 50 };

describe('HeadCollector', () => {
  it('gives a view of the chunk where the head is whole, and the rest stays behind it', () => {
    const collector = new HeadCollector(LIMITS);
    const bytes = latin1('xx\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nbody');
    const end = collector.collect(bytes, 2, bytes.length);
    assert.equal(collector.headBytes, bytes);
    assert.equal(bytes.toString('latin1', collector.headStart, collector.headEnd), 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    assert.equal(bytes.toString('latin1', end), 'body');
  });

  it('does not take an end that lies behind the range', () => {
    const collector = new HeadCollector(LIMITS);
    const bytes = latin1('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    assert.equal(collector.collect(bytes, 0, bytes.length - 1), -1);
    assert.equal(collector.collect(latin1('\nmore'), 0, 5), 1);
    assert.equal(collector.headBytes.toString('latin1', collector.headStart, collector.headEnd), bytes.toString());
  });

  it('has not started by the empty line alone', () => {
    const collector = new HeadCollector(LIMITS);
    assert.equal(collector.collect(latin1('\r'), 0, 1), -1);
    assert.equal(collector.started, false);
    assert.equal(collector.collect(latin1('\n'), 0, 1), -1);
    assert.equal(collector.started, false);
    assert.equal(collector.collect(latin1('G'), 0, 1), -1);
    assert.equal(collector.started, true);
    collector.reset();
    assert.equal(collector.started, false);
  });

  it('takes the heads of a pipeline one after the other, each with its empty line', () => {
    const collector = new HeadCollector(LIMITS);
    const bytes = latin1('GET /1 HTTP/1.0\r\n\r\n\r\nGET /2 HTTP/1.0\r\n\r\nGET /3 HTTP/1.0\r\n\r\n');
    const lines: string[] = [];
    for (let at = 0; at < bytes.length; collector.reset()) {
      at = collector.collect(bytes, at, bytes.length);
      lines.push(bytes.toString('latin1', collector.headStart, collector.headEnd));
    }
    assert.deepEqual(lines, ['GET /1 HTTP/1.0\r\n\r\n', 'GET /2 HTTP/1.0\r\n\r\n', 'GET /3 HTTP/1.0\r\n\r\n']);
  });

  it('refuses at once what can be no head', () => {
    const request = (text: string) => codeOf(() => new HeadCollector(LIMITS).collect(latin1(text), 0, text.length));
    assert.equal(request('\x16'), 'bad-method');
    assert.equal(request('GET / HTTP/1.1\n'), 'bare-cr-or-lf');
    const response = (text: string) =>
      codeOf(() => new HeadCollector(LIMITS, 'response').collect(latin1(text), 0, text.length));
    assert.equal(response('\r'), 'bad-status-line');
    assert.equal(response('S'), 'bad-status-line');
    assert.equal(response('H'), 'accepted');
  });

  it('does not hold responses to the length of a request line', () => {
    const text = `HTTP/1.1 200 ${'a'.repeat(70)}\r\n`;
    assert.equal(new HeadCollector(LIMITS, 'response').collect(latin1(text), 0, text.length), -1);
  });
});
