import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trustIn } from '../../../src/forwarder/trusted-proxies.js';

const cases: readonly (readonly [networks: string[], trusted: string[], others: string[]])[] = [
  [[], [], ['127.0.0.1', '::1', '10.0.0.1']],
  [['192.0.2.7'], ['192.0.2.7'], ['192.0.2.6', '192.0.2.8', '::1']],
  [['10.0.0.0/8'], ['10.0.0.0', '10.255.255.255'], ['9.255.255.255', '11.0.0.0']],
  [['192.168.1.128/25'], ['192.168.1.128', '192.168.1.255'], ['192.168.1.127', '192.168.2.128']],
  [['192.0.2.1/32'], ['192.0.2.1'], ['192.0.2.0', '192.0.2.2']],
  [['0.0.0.0/0'], ['0.0.0.0', '8.8.8.8', '255.255.255.255'], ['2001:db8::1']],
  [['::1'], ['::1', '0:0:0:0:0:0:0:1'], ['::2', '127.0.0.1']],
  [['2001:db8::/32'], ['2001:db8::', '2001:db8:ffff::1'], ['2001:db9::1', '2001:db7:ffff::1']],
  [
    ['fd00::/8', '10.0.0.0/8'],
    ['fd12::1', '10.1.2.3'],
    ['fe80::1', '192.0.2.1'],
  ],
  [['::/0'], ['::1', '2001:db8::1'], []],
  [['fe80::/10'], ['fe80::1', 'fe80::1%eth0'], ['fec0::1']],
  [['10.0.0.0/8'], ['::ffff:10.0.0.1'], ['::ffff:11.0.0.1']],
];

for (const [networks, trusted, others] of cases) {
  test(`${networks.join(' and ') || 'nobody'} is trusted, no other`, () => {
    const isTrusted = trustIn(networks);
    for (let round = 0; round < 2; round++) {
      for (const address of trusted) assert.equal(isTrusted(address), true, address);
      for (const address of others) assert.equal(isTrusted(address), false, address);
    }
  });
}

test('more addresses than are remembered are judged rightly, again and again', () => {
  const isTrusted = trustIn(['10.0.0.0/9']);
  for (let round = 0; round < 2; round++) {
    for (let index = 0; index < 25_000; index++) {
      const second = index % 256;
      const address = `10.${second}.${(index >> 8) % 256}.1`;
      assert.equal(isTrusted(address), second < 128);
    }
  }
});
