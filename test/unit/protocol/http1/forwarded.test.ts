import assert from 'node:assert/strict';
import { it } from 'node:test';
import { clientAddressFrom, formatForwarded, isForwardingField } from '../../../../src/protocol/http1/forwarded.js';

it('knows forwarding fields in every spelling', () => {
  for (const name of [
    'x-forwarded-for',
    'x-forwarded-anything',
    'x_forwarded_for',
    'x-forwarded_proto',
    'forwarded',
    'x-real-ip',
    'x_real-ip',
  ]) {
    assert.equal(isForwardingField(name), true, name);
  }
  for (const name of ['x-forward', 'from', 'forwarded-for', 'x-request-id', 'x-real-ip2', '']) {
    assert.equal(isForwardingField(name), false, name);
  }
});

it('formats RFC 7239', () => {
  assert.equal(
    formatForwarded({ for: '192.0.2.1', proto: 'https', host: 'example.com' }),
    'for=192.0.2.1;host=example.com;proto=https',
  );
  assert.equal(
    formatForwarded({ for: '2001:db8::1', proto: 'http', host: 'a:8080', by: '192.0.2.2:80' }),
    'for="[2001:db8::1]";by="192.0.2.2:80";host="a:8080";proto=http',
  );
  assert.equal(formatForwarded({ for: '[::1]:80', proto: 'http', host: '' }), 'for="[::1]:80";proto=http');
  assert.equal(
    formatForwarded({ for: 'unknown', proto: 'http', host: 'a"\\b' }),
    'for=unknown;host="a\\"\\\\b";proto=http',
  );
});

it('finds the client: the rightmost entry that is not trusted', () => {
  const trusted = (address: string) => address.startsWith('10.') || address === '::1';
  const from = (values: string[], peer = '10.0.0.1') => clientAddressFrom(values, peer, trusted);
  assert.equal(from(['1.1.1.1'], '8.8.8.8'), '8.8.8.8');
  assert.equal(from([]), '10.0.0.1');
  assert.equal(from(['6.6.6.6, 1.1.1.1']), '1.1.1.1');
  assert.equal(from(['6.6.6.6, 1.1.1.1, 10.0.0.2']), '1.1.1.1');
  assert.equal(from(['6.6.6.6', '1.1.1.1', '10.0.0.2 , ::1']), '1.1.1.1');
  assert.equal(from(['1.1.1.1:5000']), '1.1.1.1');
  assert.equal(from(['[2001:db8::1]:443']), '2001:db8::1');
  assert.equal(from(['[2001:db8::1], [::1]']), '2001:db8::1');
  assert.equal(from(['1.1.1.1, unknown, 10.0.0.2']), '10.0.0.2');
  assert.equal(from(['1.1.1.1,']), '10.0.0.1');
  assert.equal(from(['1.1.1.1, 10.0.0.2, 1.2.3']), '10.0.0.1');
  assert.equal(from(['10.0.0.9, 10.0.0.2']), '10.0.0.9');
});
