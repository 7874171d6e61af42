import { z } from 'zod';
import { duration } from './schema-duration.js';
import { healthCheckSchema } from './schema-health-check.js';
import { stickySchema } from './schema-sticky.js';
import { section } from './section.js';

const passiveHealthCheckSchema = section({
  failures: z
    .int()
    .min(0)
    .prefault(5)
    .describe('Failures (to connect, in time, of the kind of 502) that take a backend out. 0: none does.'),
  within: duration(1).prefault(30).describe('The time they are counted in.'),
  retry_after: duration(1)
    .prefault(10)
    .describe(
      'How long it is out; then one request tries it. Doubled with every try that fails, up to 10 times of this.',
    ),
});

const retrySchema = section({
  attempts: z.int().min(1).prefault(2).describe('Backends that are tried, the first included. 1: no other is.'),
  timeout: duration()
    .prefault(10)
    .describe(
      'How long after it first went to a backend a request may go over to another one. 0: no limit. WebSockets: see `handshake_timeout`.',
    ),
});

const dnsSchema = section({
  refresh: duration()
    .prefault(30)
    .describe("How often the host names of backends' urls are looked up. 0: once. Each address becomes a backend."),
});

/** What a service says of its backends besides who they are: these keys stand in `load_balancer` or in the service. */
export const policyShape = {
  health_check: healthCheckSchema.optional().describe('Backends are probed; those that fail get no new work.'),
  passive_health_check: passiveHealthCheckSchema
    .optional()
    .describe(
      'Backends that fail at their work get none for a while. On unless `failures` is 0; for a backend that stands alone only where it is written.',
    ),
  retry: retrySchema.optional().describe('What becomes of an exchange whose backend fails.'),
  sticky: stickySchema.optional().describe('A client stays with its backend, by a cookie.'),
  on_unhealthy: z
    .enum(['keep', 'drain', 'close'])
    .optional()
    .describe(
      'What open tunnels and event streams get whose backend failed or was made inactive. `keep`: they stay. `drain`: they are ended, evenly over 30 s. `close`: at once.',
    )
    .meta({ standard: 'keep' }),
  dns: dnsSchema.optional().describe("Backends' host names."),
};

type Written = { readonly [Key in keyof typeof policyShape]?: z.output<(typeof policyShape)[Key]> };

/** The keys of {@link policyShape}. */
export const POLICY_KEYS = Object.keys(policyShape) as readonly (keyof typeof policyShape)[];

/** What holds with the keys of both places, and the defaults. */
export function policiesOf(service: Written, balancer: Written | undefined) {
  const passive = service.passive_health_check ?? balancer?.passive_health_check;
  return {
    health_check: service.health_check ?? balancer?.health_check ?? null,
    passive_health_check: {
      ...(passive ?? passiveHealthCheckSchema.parse({})),
      /** False: nobody asked for it. */
      written: passive !== undefined,
    },
    retry: service.retry ?? balancer?.retry ?? retrySchema.parse({}),
    sticky: service.sticky ?? balancer?.sticky ?? null,
    on_unhealthy: service.on_unhealthy ?? balancer?.on_unhealthy ?? 'keep',
    dns: service.dns ?? balancer?.dns ?? dnsSchema.parse({}),
  } as const;
}
