import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { connectionOptionsOf, parseConnectionOptions } from '../../../../src/protocol/http1/connection-options.js';
import { parseContentLength } from '../../../../src/protocol/http1/content-length.js';
import { splitFieldList } from '../../../../src/protocol/http1/field-list.js';
import { HeaderList } from '../../../../src/protocol/http1/header-list.js';
import { isHopByHop } from '../../../../src/protocol/http1/hop-by-hop.js';
import { isIpv4Address, isIpv6Address } from '../../../../src/protocol/http1/ip-address.js';
import { parseRequestHead } from '../../../../src/protocol/http1/request-head.js';
import { judgeRequestHead } from '../../../../src/protocol/http1/request-rules.js';
import { latin1 } from '../splits.js';

function factsOf(text: string) {
  const bytes = latin1(text);
  const limits = { maxHeadBytes: 8192, maxHeaders: 100, maxLineBytes: 8192 };
  return judgeRequestHead(parseRequestHead(bytes, 0, bytes.length, limits), 'toyou-proxy-00c0ffee');
}

describe('facts of a request', () => {
  it('framing', () => {
    assert.deepEqual(factsOf('GET / HTTP/1.1\r\nHost: a\r\n\r\n').framing, { kind: 'none' });
    assert.deepEqual(factsOf('PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\n').framing, {
      kind: 'chunked',
    });
    const sized = factsOf('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9007199254740991\r\n\r\n').framing;
    assert.deepEqual(sized, { kind: 'length', bytes: Number.MAX_SAFE_INTEGER });
  });

  it('host: the authority of an absolute target, as received', () => {
    assert.equal(factsOf('GET / HTTP/1.1\r\nHost: A_b:80\r\n\r\n').host, 'A_b:80');
    assert.equal(factsOf('GET http://X:80/ HTTP/1.1\r\nHost: x\r\n\r\n').host, 'X:80');
    assert.equal(factsOf('GET http://x/ HTTP/1.0\r\n\r\n').host, 'x');
    assert.equal(factsOf('GET / HTTP/1.0\r\n\r\n').host, '');
  });

  it('expects 100 only in HTTP/1.1 and with a body', () => {
    const head = (version: string, length: number) =>
      factsOf(`POST / HTTP/${version}\r\nHost: a\r\nContent-Length: ${length}\r\nExpect: 100-continue\r\n\r\n`);
    assert.equal(head('1.1', 1).expectContinue, true);
    assert.equal(head('1.1', 0).expectContinue, false);
    assert.equal(head('1.0', 1).expectContinue, false);
    assert.equal(factsOf('GET / HTTP/1.0\r\nExpect: x\r\n\r\n').expectContinue, false);
    assert.equal(factsOf('GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n').expectContinue, false);
  });

  it('asks for a WebSocket by two fields', () => {
    const head = (fields: string) => factsOf(`GET / HTTP/1.1\r\nHost: a\r\n${fields}\r\n`).upgradeWebSocket;
    assert.equal(head('Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n'), true);
    assert.equal(head('Connection: upgrade\r\nUpgrade: h2c\r\nUpgrade: websocket\r\n'), true);
    assert.equal(head('Connection: keep-alive\r\nUpgrade: websocket\r\n'), false);
    assert.equal(head('Connection: Upgrade\r\n'), false);
    assert.equal(head('Connection: Upgrade\r\nUpgrade: h2c\r\n'), false);
    assert.equal(head('Connection: Upgrade\r\nUpgrade: websocketx\r\n'), false);
  });
});

it('connection options', () => {
  assert.equal(connectionOptionsOf(new HeaderList()), connectionOptionsOf(new HeaderList([['X-Foo', 'close']])));
  assert.equal(parseConnectionOptions('keep-alive'), parseConnectionOptions('Keep-Alive'));
  assert.equal(parseConnectionOptions('Upgrade').upgrade, true);
  const values = ['KEEP-ALIVE, TE', ' ,X-Foo,close,x-foo'];
  assert.deepEqual(connectionOptionsOf(new HeaderList(values.map((value) => ['Connection', value] as const))), {
    close: true,
    keepAlive: true,
    upgrade: false,
    names: ['te', 'x-foo'],
  });
});

it('Content-Length is digits up to 2^53-1', () => {
  assert.equal(parseContentLength('9007199254740990'), 9007199254740990);
  assert.equal(parseContentLength('9007199254740991'), 9007199254740991);
  assert.equal(parseContentLength('000000000000000000000007'), 7);
  for (const value of [
    '9007199254740992',
    '9007199254740993',
    '9007199254740994',
    '90071992547409910',
    '9'.repeat(400),
  ]) {
    assert.equal(parseContentLength(value), -1, value);
  }
});

it('lists: commas in quotes separate nothing', () => {
  assert.deepEqual(splitFieldList(' a ,, b;c="x, \\" y" ,\tc\t'), ['a', 'b;c="x, \\" y"', 'c']);
});

it('a list of spaces is split in linear time', () => {
  assert.equal(parseConnectionOptions(`a,${' '.repeat(2 ** 20)},b`).names.length, 2);
});

it('addresses', () => {
  for (const text of ['0.0.0.0', '255.255.255.255']) assert.equal(isIpv4Address(text), true, text);
  for (const text of ['', '1.2.3', '1.2.3.4.', '256.1.1.1', '01.2.3.4', '1.2.3.4.5'])
    assert.equal(isIpv4Address(text), false, text);
  const valid = [
    '::',
    '::1',
    '1::',
    '2001:db8::1',
    '1:2:3:4:5:6:7:8',
    '::ffff:1.2.3.4',
    '1:2:3:4:5:6:1.2.3.4',
    '1::3:4:5:6:7:8',
  ];
  for (const text of valid) assert.equal(isIpv6Address(text), true, text);
  const invalid = [
    '',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '::12345',
    '1.2.3.4',
    '1.2.3.4::',
    'fe80::1%eth0',
    '1:2:3:4:5:6:7::8:9',
    ':1:2:3:4:5:6:7',
    '::1.2.3',
  ];
  for (const text of invalid) assert.equal(isIpv6Address(text), false, text);
});

it('hop-by-hop fields', () => {
  for (const name of ['connection', 'te', 'upgrade', 'proxy-authorization']) assert.equal(isHopByHop(name), true, name);
  for (const name of ['trailer', 'host', 'content-length', 'via']) assert.equal(isHopByHop(name), false, name);
});
