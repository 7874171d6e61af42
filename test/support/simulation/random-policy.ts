import { defaultTunnelPolicy, type MessageRate, type TunnelPolicy } from '../../../src/exchange/tunnel-policy.js';
import type { SeededRandom } from './random.js';

/** A policy of a scenario. A healthy peer on the slowest link answers within its pong timeout. */
export function randomPolicy(random: SeededRandom): TunnelPolicy {
  if (random.chance(0.3)) return defaultTunnelPolicy;
  return {
    ...defaultTunnelPolicy,
    pingIntervalMs: random.pick([0, 1_000, 5_000, 30_000, 30_000]),
    pongTimeoutMs: random.pick([25_000, 30_000]),
    readTimeoutMs: random.pick([30_000, 60_000]),
    writeTimeoutMs: random.pick([30_000, 60_000]),
    idleTimeoutMs: random.pick([0, 0, 0, 0, 2_000, 60_000]),
    maxLifetimeMs: random.pick([0, 0, 0, 0, 3_000, 60_000]),
    maxMessageBytes: random.pick([0, 0, 0, 0, 250, 50_000]),
    messageRate: randomRate(random),
    logMessages: random.chance(0.2),
  };
}

function randomRate(random: SeededRandom): MessageRate | null {
  if (random.chance(0.5)) return null;
  const mode = random.chance(0.8) ? 'delay' : 'close';
  return { perMinute: random.pick([30, 60, 600, 6_000, 60_000]), burst: random.pick([1, 1, 2, 10]), mode };
}
