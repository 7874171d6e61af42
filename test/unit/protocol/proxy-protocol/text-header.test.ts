import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { everySplit, latin1 } from '../splits.js';
import { readProxyHeader, verdictOn } from './read-proxy-header.js';

const LONGEST = `PROXY UNKNOWN ${'f'.repeat(91)}\r\n`;

describe('a PROXY header of version 1', () => {
  for (const [line, client] of [
    ['PROXY TCP4 203.0.113.7 192.0.2.1 51000 443\r\n', { address: '203.0.113.7', port: 51_000 }],
    ['PROXY TCP4 255.255.255.255 0.0.0.0 65535 0\r\n', { address: '255.255.255.255', port: 65_535 }],
    ['PROXY TCP6 2001:db8::7 2001:db8::1 51000 443\r\n', { address: '2001:db8::7', port: 51_000 }],
    ['PROXY TCP6 2001:0DB8:0:0::0007 ::1 1 2\r\n', { address: '2001:db8::7', port: 1 }],
    [
      'PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n',
      { address: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', port: 65_535 },
    ],
    ['PROXY TCP6 ::ffff:203.0.113.7 ::ffff:192.0.2.1 5 6\r\n', { address: '203.0.113.7', port: 5 }],
    ['PROXY UNKNOWN\r\n', null],
    ['PROXY UNKNOWN ffff::1 whatever \x00 1 2\r\n', null],
    [LONGEST, null],
  ] as const) {
    it(`${JSON.stringify(line)} names ${client?.address ?? 'nobody'}, in any split, and ends where it ends`, () => {
      for (const parts of everySplit(latin1(line))) {
        assert.deepEqual(readProxyHeader([...parts, latin1('GET / HTTP/1.1\r\n')]), { client, bytes: line.length });
      }
      assert.deepEqual(readProxyHeader([latin1(`${line}\r\nGET`)]), { client, bytes: line.length });
    });
  }

  for (const [why, line] of [
    ['a bare LF', 'PROXY TCP4 203.0.113.7 192.0.2.1 51000 443\n'],
    ['a bare CR within', 'PROXY UNKNOWN a\rb\r\n'],
    ['a bare LF behind UNKNOWN', 'PROXY UNKNOWN a\nb\r\n'],
    ['a word that begins with UNKNOWN', 'PROXY UNKNOWNS\r\n'],
    ['no family', 'PROXY \r\n'],
    ['a family in small letters', 'PROXY tcp4 203.0.113.7 192.0.2.1 51000 443\r\n'],
    ['another family', 'PROXY UDP4 203.0.113.7 192.0.2.1 51000 443\r\n'],
    ['two spaces', 'PROXY  TCP4 203.0.113.7 192.0.2.1 51000 443\r\n'],
    ['two spaces between addresses', 'PROXY TCP4 203.0.113.7  192.0.2.1 51000 443\r\n'],
    ['a tab', 'PROXY TCP4\t203.0.113.7 192.0.2.1 51000 443\r\n'],
    ['a space at its end', 'PROXY TCP4 203.0.113.7 192.0.2.1 51000 443 \r\n'],
    ['a missing port', 'PROXY TCP4 203.0.113.7 192.0.2.1 51000\r\n'],
    ['a missing address', 'PROXY TCP4 203.0.113.7 51000 443\r\n'],
    ['one word more', 'PROXY TCP4 203.0.113.7 192.0.2.1 51000 443 1\r\n'],
    ['leading zeros in an address', 'PROXY TCP4 203.0.113.07 192.0.2.1 51000 443\r\n'],
    ['an address over 255', 'PROXY TCP4 203.0.113.256 192.0.2.1 51000 443\r\n'],
    ['a short address', 'PROXY TCP4 203.0.113 192.0.2.1 51000 443\r\n'],
    ['IPv6 under TCP4', 'PROXY TCP4 2001:db8::7 2001:db8::1 51000 443\r\n'],
    ['IPv4 under TCP6', 'PROXY TCP6 203.0.113.7 192.0.2.1 51000 443\r\n'],
    ['a bad destination', 'PROXY TCP4 203.0.113.7 nowhere 51000 443\r\n'],
    ['two gaps', 'PROXY TCP6 2001::db8::7 ::1 51000 443\r\n'],
    ['brackets', 'PROXY TCP6 [2001:db8::7] [::1] 51000 443\r\n'],
    ['a zone', 'PROXY TCP6 fe80::1%eth0 ::1 51000 443\r\n'],
    ['a port over 65535', 'PROXY TCP4 203.0.113.7 192.0.2.1 65536 443\r\n'],
    ['leading zeros in a port', 'PROXY TCP4 203.0.113.7 192.0.2.1 051000 443\r\n'],
    ['a signed port', 'PROXY TCP4 203.0.113.7 192.0.2.1 +5100 443\r\n'],
    ['a bad port of the destination', 'PROXY TCP4 203.0.113.7 192.0.2.1 51000 https\r\n'],
    ['108 bytes', `PROXY UNKNOWN ${'f'.repeat(92)}\r\n`],
    ['no end', `PROXY UNKNOWN ${'f'.repeat(200)}`],
    ['a request whose method it is', 'PROXY / HTTP/1.1\r\n'],
  ] as const) {
    it(`is refused for ${why}`, () => {
      assert.equal(verdictOn(latin1(line)), 'bad-proxy-header');
    });
  }

  for (const start of [
    'G',
    'PO',
    'PROXY\r\n',
    'PROXYTCP4',
    'proxy ',
    'PRI * HTTP/2.0\r\n',
    '\n',
    '\x16\x03\x01',
    '\r\r',
  ]) {
    it(`is missing where ${JSON.stringify(start)} begins`, () => {
      assert.equal(verdictOn(latin1(start)), 'missing-proxy-header');
    });
  }

  it('is told from its beginnings only by its end', () => {
    for (let length = 0; length < LONGEST.length; length++) {
      assert.deepEqual(readProxyHeader([latin1(LONGEST.slice(0, length))]), { client: null, bytes: -1 });
    }
  });

  it('with one byte changed is refused, or names what then stands there', () => {
    const line = 'PROXY TCP4 203.0.113.7 192.0.2.1 51000 443\r\n';
    const grammar = /^PROXY TCP4 ((?:\d{1,3}\.){3}\d{1,3}) (?:\d{1,3}\.){3}\d{1,3} (\d{1,5}) \d{1,5}\r\n$/;
    fc.assert(
      fc.property(fc.nat(line.length - 1), fc.integer({ min: 0, max: 255 }), (at, byte) => {
        const bytes = latin1(line);
        bytes[at] = byte;
        const text = bytes.toString('latin1');
        if (verdictOn(bytes) !== 'accepted') return;
        const { client, bytes: taken } = readProxyHeader([bytes]);
        if (taken < 0) {
          assert.notEqual(text.at(-1), '\n');
          return;
        }
        const [, address, port] = grammar.exec(text) ?? [];
        assert.deepEqual(client, { address, port: Number(port) });
      }),
    );
  });
});
