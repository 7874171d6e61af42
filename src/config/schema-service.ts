import { z } from 'zod';
import { backendUrl } from './schema-backend-url.js';
import { duration } from './schema-duration.js';
import { serviceTlsSchema } from './schema-tls.js';
import { section } from './section.js';

/** Every strategy of the language. Which of them are built is told to `loadConfig`. */
export const STRATEGIES = [
  'round_robin',
  'weighted_round_robin',
  'ip_hash',
  'least_connections',
  'random',
  'power_of_two',
] as const;

const policiesOfLater = ['health_check', 'passive_health_check', 'retry', 'sticky', 'on_unhealthy', 'dns'];

const backendSchema = section(
  {
    url: backendUrl.describe(
      '`http://host:port` or `ws://host:port`, which mean the same (port 80 unless written); `https` or `wss` with TLS (443).',
    ),
    weight: z
      .int()
      .min(0)
      .prefault(1)
      .describe('Its share of new work, 0 or more. 0: no new work. `round_robin` looks at nothing else of it.'),
    active: z.boolean().prefault(true).describe('`false`: no new work.'),
  },
  ['max_tunnels'],
);

const loadBalancerSchema = section(
  {
    strategy: z
      .string()
      .prefault('round_robin')
      .describe('How a backend is picked. `round_robin`: in turn.')
      .meta({ title: 'strategy' }),
    backends: z.array(backendSchema).min(1).optional().describe('The backends.'),
  },
  policiesOfLater,
);

/** One service: a single `url`, a list of backends, or both; the url is then one more backend, the last. */
export const serviceSchema = section(
  {
    url: backendUrl
      .optional()
      .describe('The one backend of this service; beside `load_balancer.backends` one more, of weight 1.'),
    proxy_host: z
      .string()
      .regex(/^[^\s/@?#,]+$/, { error: 'expected a host, host:port, or the word "backend"' })
      .optional()
      .describe("Host sent to the backend. `backend`: the one of the backend's url. Not written: the client's."),
    load_balancer: loadBalancerSchema.optional().describe('Several backends, and how one is picked.'),
    tls: serviceTlsSchema.optional().describe('TLS to those backends whose url begins with https or wss.'),
    ping_interval: duration()
      .optional()
      .describe('Of its tunnels, where no `websocket` middleware says otherwise: as there.')
      .meta({ standard: 30 }),
    read_timeout: duration()
      .optional()
      .describe('Of its tunnels, where no `websocket` middleware says otherwise: as there.')
      .meta({ standard: 60 }),
    write_timeout: duration()
      .optional()
      .describe('Of its tunnels, where no `websocket` middleware says otherwise: as there.')
      .meta({ standard: 60 }),
  },
  policiesOfLater,
).transform(({ url, proxy_host, load_balancer, tls, ping_interval, read_timeout, write_timeout }) => ({
  /** `backend` stands for the `authority` of the backend that was picked. */
  proxy_host,
  tls,
  ping_interval,
  read_timeout,
  write_timeout,
  load_balancer: {
    strategy: load_balancer?.strategy ?? 'round_robin',
    backends: [
      ...(load_balancer?.backends ?? []).map(({ url: address, ...rest }) => ({ ...address, ...rest })),
      ...(url === undefined ? [] : [{ ...url, weight: 1, active: true }]),
    ],
  },
}));
