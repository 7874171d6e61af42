import { z } from 'zod';
import type { Expiry } from '../../src/exchange/expiry.js';
import type { MiddlewareType } from '../../src/exchange/middleware.js';
import type { TunnelSettings } from '../../src/exchange/tunnel-policy.js';

/**
 * A middleware that holds tunnels to these settings.
 * @param settings asked for each tunnel, where they are a function
 * @param expiry of what lets them in; null: that counts for ever
 */
export function heldTunnels(
  settings: TunnelSettings | (() => TunnelSettings),
  expiry: Expiry | null = null,
): MiddlewareType {
  return {
    type: 'held',
    optionsSchema: z.unknown(),
    create: (name) => ({
      name,
      onRequest(exchange) {
        exchange.tunnelSettings = typeof settings === 'function' ? settings() : settings;
        exchange.expiry = expiry;
      },
    }),
  };
}
