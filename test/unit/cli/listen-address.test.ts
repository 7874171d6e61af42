import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseListenAddress, readPortOption } from '../../../src/cli/listen-address.js';
import { UsageError } from '../../../src/cli/usage-error.js';
import { formatAddress, readPort } from '../../../src/config/listen-address.js';

const read = (text: string) => parseListenAddress(text, '--from');

test('an address to listen on may be a port alone, with a colon, or with a host', () => {
  assert.deepEqual(read('8080'), { host: undefined, port: 8080 });
  assert.deepEqual(read(':8080'), { host: undefined, port: 8080 });
  assert.deepEqual(read('*:8080'), { host: undefined, port: 8080 });
  assert.deepEqual(read('127.0.0.1:8080'), { host: '127.0.0.1', port: 8080 });
  assert.deepEqual(read('localhost:0'), { host: '127.0.0.1', port: 0 });
  assert.deepEqual(read('[::1]:8080'), { host: '::1', port: 8080 });
});

test('what is no address is refused with the forms that are', () => {
  for (const text of ['', ':', 'abc', ':65536', '::1:80', '[::1]', '[x]:80', 'example.com:80', 'http://a:80', '-1']) {
    assert.throws(() => read(text), UsageError, text);
  }
  assert.throws(() => read('abc'), {
    message: '--from takes an address such as :8080, 127.0.0.1:8080 or [::1]:8080, not "abc"',
  });
});

test('a port is a number from 0 to 65535', () => {
  assert.equal(readPort('0'), 0);
  assert.equal(readPort('65535'), 65_535);
  for (const text of ['65536', '-1', '1.5', '1e3', ' 80', '']) assert.equal(readPort(text), undefined, text);
  assert.equal(readPortOption(undefined), undefined);
  assert.throws(() => readPortOption('x'), { message: '--port takes a number from 0 to 65535, not "x"' });
});

test('an IPv6 address is written in brackets', () => {
  assert.equal(formatAddress('127.0.0.1', 80), '127.0.0.1:80');
  assert.equal(formatAddress('::', 80), '[::]:80');
});
