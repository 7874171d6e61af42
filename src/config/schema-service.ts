import { z } from 'zod';
import { backendUrl } from './schema-backend-url.js';
import { duration } from './schema-duration.js';
import { loadBalancerSchema, STANDARD_TRAITS } from './schema-load-balancer.js';
import { policiesOf, policyShape } from './schema-service-policies.js';
import { serviceTlsSchema } from './schema-tls.js';
import { section } from './section.js';

/**
 * One service: a single `url`, a list of backends, or both; the url is then one more backend, the last. What it says of
 * them stands beside the url or in `load_balancer`.
 */
export const serviceSchema = section({
  url: backendUrl
    .optional()
    .describe('The one backend of this service; beside `load_balancer.backends` one more, of weight 1.'),
  proxy_host: z
    .string()
    .regex(/^[^\s/@?#,]+$/, { error: 'expected a host, host:port, or the word "backend"' })
    .optional()
    .describe("Host sent to the backend. `backend`: the one of the backend's url. Not written: the client's."),
  load_balancer: loadBalancerSchema
    .optional()
    .describe('Several backends, and how one is picked; what else it says of them is as beside `url`.'),
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
  ...policyShape,
}).transform(({ url, proxy_host, load_balancer, tls, ping_interval, read_timeout, write_timeout, ...written }) => ({
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
      ...(url === undefined ? [] : [{ ...url, ...STANDARD_TRAITS }]),
    ],
    ...policiesOf(written, load_balancer),
  },
}));
