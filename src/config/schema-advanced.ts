import { z } from 'zod';
import { LOG_LEVELS } from '../exchange/log.js';
import { adminSchema } from './schema-admin.js';
import { duration } from './schema-duration.js';
import { isAddress, network } from './schema-network.js';
import { portSchema } from './schema-rule.js';
import { GIB, KIB, MIB, size } from './schema-size.js';
import { section } from './section.js';

/** The port of every rule that names none. */
export const DEFAULT_PORT = 8080;

const timeoutSchema = section({
  read_timeout: duration()
    .prefault(60)
    .describe('The longest silence while a request body or a response is being read; not for tunnels. 0: no limit.'),
  write_timeout: duration()
    .prefault(60)
    .describe('The longest a peer may take nothing; for tunnels see the `websocket` middleware. 0: no limit.'),
  dial_timeout: duration()
    .prefault(10)
    .describe('To connect to a backend, and to wait for one where all are full. 0: no limit.'),
  header_timeout: duration(1).prefault(10).describe('For a request head to be complete, from its first byte.'),
  keepalive_timeout: duration(1).prefault(75).describe('How long a client connection may idle between requests.'),
  drain_timeout: duration().prefault(30).describe('How long what is open may go on when the proxy stops.'),
  shutdown_delay: duration()
    .prefault(0)
    .describe('How long the proxy goes on accepting after SIGTERM, before it drains: 5 s before a Kubernetes Service.'),
  sse_idle_timeout: duration().prefault('1h').describe('The longest silence of an event stream. 0: no limit.'),
});

const securitySchema = section({
  deny_hidden_files: z
    .union([z.boolean(), z.array(z.string().regex(/^[^/]+$/))], {
      error: 'expected true, false, or a list of names without "/"',
    })
    .prefault(false)
    .describe(
      '`true`: 403 for every path with a segment that begins with a dot, `/.well-known/` excepted. A list: for those names.',
    )
    .meta({ title: 'boolean or list' }),
  trusted_proxies: z
    .array(network)
    .prefault([])
    .describe("Addresses and networks whose word on the client's address is taken."),
  max_header_size: size({ min: KIB, max: 256 * KIB })
    .prefault('32KiB')
    .describe('Of a request head; over it: 431.'),
  max_headers: z.int().min(1).max(10_000).prefault(100).describe('Fields of a request head; over it: 431.'),
  max_body_size: size({ min: 0 }).prefault(0).describe('Of a request body; over it: 413. 0: no limit.'),
});

const bufferSizeSchema = section({
  read_buffer: size({ min: 4 * KIB, max: 16 * MIB })
    .prefault('256KiB')
    .describe('One per process, read into from every socket; fixed at start.'),
  write_buffer: size({ min: KIB, max: GIB })
    .prefault('64KiB')
    .describe('Bytes queued for one peer above which its source is paused.'),
});

const connectionPoolSchema = section({
  max_idle_connections: z.int().min(0).prefault(100).describe('Idle connections kept per backend.'),
  max_active_connections: z
    .int()
    .min(1)
    .prefault(1000)
    .describe('HTTP exchanges per backend; full backends are passed over. Tunnels do not count.'),
  idle_timeout: duration(1).prefault(90).describe('How long a connection to a backend may idle.'),
  prewarm: z
    .int()
    .min(0)
    .prefault(0)
    .describe('Connections per backend that are kept ready; no more than `max_idle_connections`.'),
}).check(({ value, issues }) => {
  const { prewarm, max_idle_connections: most } = value;
  if (prewarm <= most) return;
  const message = `must be at most \`max_idle_connections\`, which is ${most}`;
  issues.push({ code: 'custom', input: prewarm, path: ['prewarm'], message });
});

const logSchema = section({
  level: z.enum(LOG_LEVELS).prefault('info').describe('The least level that is written.'),
  format: z
    .enum(['auto', 'json', 'pretty'])
    .prefault('auto')
    .describe('`auto`: coloured lines on a terminal, JSON elsewhere.'),
});

const reloadSchema = section({
  removed: z
    .enum(['drain', 'keep'])
    .prefault('drain')
    .describe(
      'What tunnels and event streams get whose rule, service or backend a reload removed. `drain`: they are ended, evenly over half of `drain_timeout`. `keep`: they stay.',
    ),
});

/** Keys of Toyou Proxy's Go version that mean nothing here: accepted, with a warning. */
const concurrencySchema = section({
  max_goroutines: z.unknown().optional().describe('Without meaning on Node; accepted with a warning.'),
  goroutine_stack_size: z.unknown().optional().describe('Without meaning on Node; accepted with a warning.'),
});

/** What holds for the whole process. */
export const advancedSchema = section(
  {
    port: portSchema
      .optional()
      .describe('The port of rules that name none. Where it is written, it is listened on in any case.')
      .meta({ default: DEFAULT_PORT }),
    bind: z
      .string()
      .refine((text) => isAddress(text), { error: 'expected an address such as "::" or "127.0.0.1"' })
      .prefault('::')
      .describe(
        'The address listeners are bound to. `::`: all of them; `0.0.0.0` where there is no IPv6. Fixed at start.',
      ),
    timeout: timeoutSchema.prefault({}).describe('Timeouts.'),
    security: securitySchema.prefault({}).describe('What is refused, and who is believed.'),
    buffer_size: bufferSizeSchema.prefault({}).describe('Buffers.'),
    connection_pool: connectionPoolSchema.prefault({}).describe('Connections to backends.'),
    max_tunnels: z
      .int()
      .min(0)
      .prefault(0)
      .describe('WebSockets of the whole process, from the beginning of the handshake; over it: 503. 0: no limit.'),
    max_connections: z
      .int()
      .min(1)
      .optional()
      .describe(
        'Client connections. Not written: 46 % of the limit of open files, below 500 half of what is above 40.',
      ),
    forwarded: z.boolean().prefault(false).describe('Sends the `Forwarded` field (RFC 7239) to backends.'),
    x_real_ip: z.boolean().prefault(false).describe('Sends `X-Real-IP` to backends.'),
    expose: z.boolean().prefault(false).describe('Adds `X-Proxy-By` and `X-Target-Service` to responses.'),
    proxy_protocol: z
      .boolean()
      .prefault(false)
      .describe(
        'Every connection from `security.trusted_proxies` begins with a PROXY header, version 1 or 2, that names the client; from others none is taken.',
      ),
    admin: adminSchema.optional().describe('The admin API: off unless written.'),
    reload: reloadSchema.prefault({}).describe('Changing the configuration of a proxy that runs.'),
    log: logSchema.prefault({}).describe('Logging; fixed at start.'),
    concurrency: concurrencySchema.optional().describe("Keys of Toyou Proxy's Go version."),
  },
  ['plugins'],
).transform(({ concurrency: _, port, ...rest }) => ({
  ...rest,
  port: port ?? DEFAULT_PORT,
  /** Whether `port` was written, in the file, the environment or on the command line. */
  port_written: port !== undefined,
}));
