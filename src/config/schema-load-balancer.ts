import { z } from 'zod';
import { backendUrl } from './schema-backend-url.js';
import { policyShape } from './schema-service-policies.js';
import { section } from './section.js';

/** Every strategy. */
export const STRATEGIES = [
  'round_robin',
  'weighted_round_robin',
  'ip_hash',
  'least_connections',
  'random',
  'power_of_two',
] as const;

/** What holds for a backend that is a url alone. */
export const STANDARD_TRAITS = { weight: 1, active: true, max_tunnels: 0 } as const;

const backendSchema = section({
  url: backendUrl.describe(
    '`http://host:port` or `ws://host:port`, which mean the same (port 80 unless written); `https` or `wss` with TLS (443); `unix:/run/app.sock` for a Unix socket. A path at its end, `http://host:port/base` or `unix:/run/app.sock:/base`, is put before the path of every request.',
  ),
  weight: z
    .int()
    .min(0)
    .prefault(STANDARD_TRAITS.weight)
    .describe('Its share of new work, 0 or more. 0: no new work. `round_robin` looks at nothing else of it.'),
  active: z.boolean().prefault(STANDARD_TRAITS.active).describe('`false`: no new work.'),
  max_tunnels: z
    .int()
    .min(0)
    .prefault(STANDARD_TRAITS.max_tunnels)
    .describe('WebSockets it may have at a time; a full backend is passed over. 0: no limit.'),
});

/** Several backends, and how one is picked. */
export const loadBalancerSchema = section({
  strategy: z
    .string()
    .prefault('round_robin')
    .describe(
      'How a backend is picked. `round_robin`: in turn; `weighted_round_robin`: in turn, by weight; `least_connections`: the fewest open requests and tunnels by weight; `ip_hash`: the same for the same client address; `random`; `power_of_two`: of two at random the one with fewer.',
    )
    .meta({ title: 'strategy' }),
  backends: z.array(backendSchema).min(1).optional().describe('The backends.'),
  ...policyShape,
});
