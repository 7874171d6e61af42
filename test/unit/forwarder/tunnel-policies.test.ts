import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultTunnelPolicy, type TunnelSettings } from '../../../src/exchange/tunnel-policy.js';
import { TunnelPolicies } from '../../../src/forwarder/tunnel-policies.js';

/** A service that says this of its tunnels. */
function saying(tunnelSettings: TunnelSettings) {
  return { traits: { tunnelSettings } };
}

test('a middleware goes before its service, the service before the standard', () => {
  const policies = new TunnelPolicies();
  const service = saying({ pingIntervalMs: 1000, readTimeoutMs: 9000, writeTimeoutMs: undefined });
  assert.deepEqual(policies.of({ pingIntervalMs: 5000, drainCode: undefined }, service), {
    ...defaultTunnelPolicy,
    pingIntervalMs: 5000,
    readTimeoutMs: 9000,
    pongTimeoutMs: 4000,
  });
  assert.deepEqual(policies.of(null, saying({})), defaultTunnelPolicy);
});

test('tunnels of the same middlewares and service share one record', () => {
  const policies = new TunnelPolicies();
  const [settings, service, other] = [{ idleTimeoutMs: 1 }, saying({}), saying({})];
  assert.equal(policies.of(settings, service), policies.of(settings, service));
  assert.equal(policies.of(null, service), policies.of(null, service));
  assert.notEqual(policies.of(settings, service), policies.of(settings, other));
  assert.notEqual(policies.of(settings, service), policies.of({ ...settings }, service));
});

test('without a limit for silence answers to pings have none either, unless somebody sets one', () => {
  const policies = new TunnelPolicies();
  assert.equal(policies.of({ readTimeoutMs: 0 }, saying({})).pongTimeoutMs, 0);
  assert.equal(policies.of(null, saying({ readTimeoutMs: 0 })).pongTimeoutMs, 0);
  assert.equal(policies.of({ readTimeoutMs: 0, pongTimeoutMs: 2000 }, saying({})).pongTimeoutMs, 2000);
  assert.equal(policies.of({ readTimeoutMs: 10_000 }, saying({})).pongTimeoutMs, 1000);
});
