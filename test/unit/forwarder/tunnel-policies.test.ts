import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultTunnelPolicy } from '../../../src/exchange/tunnel-policy.js';
import { TunnelPolicies } from '../../../src/forwarder/tunnel-policies.js';

test('a middleware goes before its service, the service before the standard', () => {
  const policies = new TunnelPolicies();
  const service = { pingIntervalMs: 1000, readTimeoutMs: 9000, writeTimeoutMs: undefined };
  assert.deepEqual(policies.of({ pingIntervalMs: 5000, drainCode: undefined }, service), {
    ...defaultTunnelPolicy,
    pingIntervalMs: 5000,
    readTimeoutMs: 9000,
    pongTimeoutMs: 4000,
  });
  assert.deepEqual(policies.of(null, {}), defaultTunnelPolicy);
});

test('tunnels of the same middlewares and service share one record', () => {
  const policies = new TunnelPolicies();
  const [settings, service, other] = [{ idleTimeoutMs: 1 }, {}, {}];
  assert.equal(policies.of(settings, service), policies.of(settings, service));
  assert.equal(policies.of(null, service), policies.of(null, service));
  assert.notEqual(policies.of(settings, service), policies.of(settings, other));
  assert.notEqual(policies.of(settings, service), policies.of({ ...settings }, service));
});
