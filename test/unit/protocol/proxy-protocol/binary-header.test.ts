import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { crc32c } from '../../../../src/protocol/proxy-protocol/crc32c.js';
import { type BinaryHeaderParts, binaryHeader, IPV4_ADDRESSES, IPV6_ADDRESSES } from '../../../support/proxy-header.js';
import { everySplit, latin1 } from '../splits.js';
import { readProxyHeader, verdictOn } from './read-proxy-header.js';

const MAPPED = `00000000000000000000ffffcb007107${'00000000000000000000ffffc0000201'}c73801bb`;
const UNIX = `${Buffer.from('/run/client.sock').toString('hex').padEnd(216, '0')}${'2f62'.padEnd(216, '0')}`;
const noop = [0x04, Buffer.alloc(300)] as const;
const authority = [0x02, latin1('www.example.com')] as const;

const ipv4 = { address: '203.0.113.7', port: 51_000 };
const ipv6 = { address: '2001:db8::7', port: 51_000 };

const named: Readonly<Record<string, [BinaryHeaderParts, { address: string; port: number } | null]>> = {
  'TCP over IPv4': [{}, ipv4],
  'UDP over IPv4': [{ family: 0x12 }, ipv4],
  'TCP over IPv6': [{ family: 0x21, addresses: IPV6_ADDRESSES }, ipv6],
  'UDP over IPv6': [{ family: 0x22, addresses: IPV6_ADDRESSES }, ipv6],
  'IPv4 within IPv6': [{ family: 0x21, addresses: MAPPED }, ipv4],
  'TLVs behind the addresses': [{ tlvs: [authority, noop, [0xee, Buffer.alloc(0)]] }, ipv4],
  'a right checksum': [{ checksum: true }, ipv4],
  'a right checksum behind other TLVs': [
    { family: 0x21, addresses: IPV6_ADDRESSES, tlvs: [authority, noop], checksum: true },
    ipv6,
  ],
  'a Unix socket': [{ family: 0x31, addresses: UNIX }, null],
  'a Unix datagram socket': [{ family: 0x32, addresses: UNIX, tlvs: [authority], checksum: true }, null],
  'an unspecified family': [{ family: 0x00, addresses: '' }, null],
  'an unspecified family with something behind it': [{ family: 0x00, addresses: 'ffff' }, null],
  LOCAL: [{ command: 0x20, family: 0x00, addresses: '' }, null],
  'LOCAL with addresses': [{ command: 0x20 }, null],
  'LOCAL with a family that is none': [{ command: 0x20, family: 0xff, addresses: 'ffff' }, null],
};

const refused: Readonly<Record<string, BinaryHeaderParts>> = {
  'version 1': { command: 0x11 },
  'version 3': { command: 0x31 },
  'a command that is none': { command: 0x22 },
  'a family that is none': { family: 0x41, addresses: IPV4_ADDRESSES },
  'a transport that is none': { family: 0x13 },
  'a family without a transport': { family: 0x10 },
  'a transport without a family': { family: 0x01 },
  'addresses that are cut off': { addresses: IPV4_ADDRESSES.slice(0, -2) },
  'IPv6 addresses that are cut off': { family: 0x21, addresses: IPV4_ADDRESSES },
  'a TLV without its length': { addresses: `${IPV4_ADDRESSES}0400` },
  'a TLV longer than the header': { addresses: `${IPV4_ADDRESSES}04000201` },
  'a wrong checksum': { tlvs: [[0x03, Buffer.from('00000000', 'hex')]] },
  'a checksum of three bytes': { tlvs: [[0x03, Buffer.alloc(3)]] },
  'two checksums': { tlvs: [[0x03, Buffer.alloc(4)]], checksum: true },
};

describe('a PROXY header of version 2', () => {
  for (const [what, [parts, client]] of Object.entries(named)) {
    it(`with ${what} names ${client?.address ?? 'nobody'}, in any split, and ends where it ends`, () => {
      const header = binaryHeader(parts);
      for (const split of everySplit(header)) {
        assert.deepEqual(readProxyHeader([...split, latin1('GET / HTTP/1.1\r\n')]), { client, bytes: header.length });
      }
      const pipelined = Buffer.concat([header, header]);
      assert.deepEqual(readProxyHeader([pipelined]), { client, bytes: header.length });
    });
  }

  for (const [why, parts] of Object.entries(refused)) {
    it(`is refused for ${why}`, () => assert.equal(verdictOn(binaryHeader(parts)), 'bad-proxy-header'));
  }

  it('is refused by its first 16 bytes where they are wrong: nothing more is waited for', () => {
    for (const parts of [{ command: 0x31 }, { family: 0x99 }, { length: 11 }]) {
      assert.equal(verdictOn(binaryHeader({ ...parts }).subarray(0, 16)), 'bad-proxy-header');
    }
  });

  it('may be 64 KiB long', () => {
    const header = binaryHeader({ tlvs: [[0x05, Buffer.alloc(65_535 - 12 - 3, 1)]] });
    assert.deepEqual(readProxyHeader([header]), { client: ipv4, bytes: 65_551 });
  });

  it('is missing where its signature breaks off', () => {
    const signature = binaryHeader().subarray(0, 12);
    for (let at = 1; at < signature.length; at++) {
      const broken = Buffer.from(signature);
      broken[at] = (broken[at] ?? 0) ^ 0x20;
      assert.equal(verdictOn(broken), 'missing-proxy-header', `byte ${at}`);
    }
  });

  it('with a checksum is refused for any bit that changes behind its prefix', () => {
    const header = binaryHeader({ tlvs: [authority], checksum: true });
    fc.assert(
      fc.property(fc.integer({ min: 16, max: header.length - 1 }), fc.integer({ min: 0, max: 7 }), (at, bit) => {
        const changed = Buffer.from(header);
        changed[at] = (changed[at] ?? 0) ^ (1 << bit);
        // The type of the checksum, and the lengths before it, may make it something else that is well formed.
        const framing = at >= 28 && at < 31;
        const type = at === header.length - 7;
        if (framing || type) return;
        assert.equal(verdictOn(changed), 'bad-proxy-header', `byte ${at}, bit ${bit}`);
      }),
    );
  });

  it('names the addresses that stand in it, whatever they are', () => {
    const bytes = fc.uint8Array({ minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(bytes, fc.nat(65_535), fc.boolean(), (source, port, checksum) => {
        const tail = Buffer.alloc(2);
        tail.writeUInt16BE(port);
        const addresses = `${Buffer.from(source).toString('hex')}00000000${tail.toString('hex')}0000`;
        const { client } = readProxyHeader([binaryHeader({ addresses, checksum })]);
        assert.deepEqual(client, { address: source.join('.'), port });
      }),
    );
  });

  it('never reads past its own length, whatever stands in it', () => {
    const anything = fc.uint8Array({ maxLength: 64 });
    fc.assert(
      fc.property(fc.nat(255), fc.nat(255), anything, (command, family, rest) => {
        const header = binaryHeader({ command, family, addresses: Buffer.from(rest).toString('hex') });
        if (verdictOn(header) !== 'accepted') return;
        assert.equal(readProxyHeader([Buffer.concat([header, latin1('GET')])]).bytes, header.length);
      }),
    );
  });
});

describe('CRC-32C', () => {
  it('gives the values of RFC 3720 appendix B.4, and the customary check', () => {
    assert.equal(crc32c(latin1('123456789')), 0xe3069283);
    assert.equal(crc32c(Buffer.alloc(32)), 0x8a9136aa);
    assert.equal(crc32c(Buffer.alloc(32, 0xff)), 0x62a8ab43);
    assert.equal(crc32c(Buffer.alloc(0)), 0);
  });
});
