import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closeMeaning } from '../../../src/cli/close-meaning.js';
import { LineSplitter } from '../../../src/cli/line-splitter.js';
import { UsageError } from '../../../src/cli/usage-error.js';
import { readWsOptions, type WsFlags } from '../../../src/cli/ws-options.js';
import { parsePayload, printable, showPayload } from '../../../src/cli/ws-payload.js';

test('http and https are taken as ws and wss, whatever their case', () => {
  const urls = {
    'http://a:1/p?q': 'ws://a:1/p?q',
    'HTTPS://a/': 'wss://a/',
    'ws://a': 'ws://a/',
    'wss://[::1]/': 'wss://[::1]/',
  };
  for (const [text, href] of Object.entries(urls)) assert.equal(readWsOptions(text, {}).url.href, href);
});

test('fields of one name become one, and names of the handshake are refused', () => {
  const header = ['Origin: https://a.example', 'X-A:1', 'x-a: 2: 3', 'Cookie: a=1', 'Cookie: b=2', 'Empty:'];
  assert.deepEqual(readWsOptions('ws://a', { header }).headers, {
    origin: 'https://a.example',
    'x-a': '1, 2: 3',
    cookie: 'a=1; b=2',
    empty: '',
  });
});

const wrong: readonly (readonly [string, WsFlags, RegExp])[] = [
  ['ftp://a', {}, /^a URL such as ws:\/\/localhost:8080\/path is needed, not "ftp:\/\/a"$/],
  ['localhost:80/x', {}, /did you mean ws:\/\/localhost:80\/x\?$/],
  ['ws://', {}, /is needed, not "ws:\/\/"$/],
  ['ws://a/#b', {}, /no fragment: leave "#b" out/],
  ['ws://a', { header: ['no colon'] }, /^-H takes a field such as/],
  ['ws://a', { header: [': v'] }, /^-H takes a field/],
  ['ws://a', { header: ['a b: v'] }, /^-H takes a field/],
  ['ws://a', { header: ['a: x\r\nb: y'] }, /^-H takes a field/],
  ['ws://a', { header: ['Upgrade: x'] }, /^upgrade belongs to the handshake$/],
  ['ws://a', { header: ['Sec-WebSocket-Protocol: x'] }, /name it with --subprotocol$/],
  ['ws://a', { subprotocol: ['a, b'] }, /^--subprotocol takes one name/],
  ['ws://a', { subprotocol: ['a', 'a'] }, /stands there twice$/],
  ['ws://a', { ping: '-1' }, /^--ping takes seconds/],
  ['ws://a', { ping: '1e3' }, /^--ping takes seconds/],
  ['ws://a', { ping: '9999999' }, /^--ping takes seconds/],
  ['ws://a', { count: '0' }, /^--count takes a number from 1 on/],
  ['ws://a', { count: '1.5' }, /^--count takes a number from 1 on/],
];
for (const [url, options, message] of wrong) {
  test(`wrong usage: ${url} ${JSON.stringify(options)}`, () => {
    assert.throws(
      () => readWsOptions(url, options),
      (error) => error instanceof UsageError && message.test(error.message),
    );
  });
}

test('lines are the same however the bytes are cut', () => {
  const text = 'one\n\ntwo\r\nthree';
  for (let size = 1; size <= text.length; size += 1) {
    const lines: string[] = [];
    const splitter = new LineSplitter((line) => lines.push(line.toString()));
    for (let at = 0; at < text.length; at += size) splitter.add(Buffer.from(text.slice(at, at + size)));
    splitter.end();
    assert.deepEqual(lines, ['one', '', 'two\r', 'three']);
  }
});

test('a line is text, bytes, or hex', () => {
  const parse = (line: string | Buffer, binary: boolean, hex: boolean) =>
    parsePayload(Buffer.from(line), { binary, hex }).toString('hex');
  assert.equal(parse('aé\r', false, false), '61c3a9');
  assert.equal(parse('a\r', true, false), '610d');
  assert.equal(parse('00 FF:0a\r', true, true), '00ff0a');
  assert.equal(parse('', true, true), '');
  assert.throws(() => parse(Buffer.from([0xff]), false, false), /not UTF-8.*--binary/);
  assert.throws(() => parse('ff', false, true), /not UTF-8/);
  assert.throws(() => parse('0', true, true), /not hex/);
  assert.throws(() => parse('xx', true, true), /not hex/);
});

test('what would steer a terminal is escaped on one, and goes through a pipe as it came', () => {
  const payload = Buffer.from('a\u001b[2Jb\tü\u0085');
  assert.equal(showPayload(payload, false, true).toString(), 'a\\x1b[2Jb\tü\\x85');
  assert.equal(showPayload(payload, false, false), payload);
  assert.equal(showPayload(payload, true, true).toString(), payload.toString('hex'));
  assert.equal(printable('plain\n'), 'plain\n');
});

test('every close code has a meaning', () => {
  assert.equal(closeMeaning(1012), 'the server restarts: come back in a moment');
  assert.equal(closeMeaning(3000), 'a registered code of a library');
  assert.equal(closeMeaning(4401), 'a code of the application');
});
