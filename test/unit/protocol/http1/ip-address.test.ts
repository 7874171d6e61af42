import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainAddress, siteOf } from '../../../../src/protocol/http1/ip-address.js';

test('IPv4 in IPv6 is IPv4, however it is written', () => {
  for (const [written, address] of [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['0:0:0:0:0:ffff:c000:201', '192.0.2.1'],
    ['0000:0000:0000:0000:0000:ffff:192.0.2.1', '192.0.2.1'],
    ['::1', '::1'],
    ['::192.0.2.1', '::192.0.2.1'],
    ['2001:db8::ffff:192.0.2.1', '2001:db8::ffff:192.0.2.1'],
    ['', ''],
  ] as const) {
    assert.equal(plainAddress(written), address, written);
  }
});

test('a site of IPv6 is a /64, however its addresses are written', () => {
  for (const [address, site] of [
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:2::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:0:0:0:0:0:9', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['1::2:3:4:5:6:7', '1:0:2:3::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['FE80::2', 'fe80::2'],
    ['fe::2', 'fe:0:0:0::/64'],
    ['', ''],
  ] as const) {
    assert.equal(siteOf(address), site, address);
  }
});
