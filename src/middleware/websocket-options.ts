import { z } from 'zod';
import { duration } from '../config/schema-duration.js';
import { originPattern } from '../config/schema-origin.js';
import { pathPattern } from '../config/schema-pattern.js';
import { size } from '../config/schema-size.js';
import type { Exchange } from '../exchange/exchange.js';
import type { TunnelSettings } from '../exchange/tunnel-policy.js';
import { isWireCloseCode } from '../protocol/websocket/close-code.js';

/** A limit of a tunnel. Not filled in where nobody writes it: then the service has its say, then the standard. */
const limit = (standard: number, meaning: string, leastMs = 0) =>
  duration(leastMs).optional().describe(meaning).meta({ standard });

/** The code of a Close that the proxy sends. */
export const closeCode = (standard: number, meaning: string) =>
  z
    .int()
    .refine(isWireCloseCode, {
      error: 'expected a code that a Close may carry: 1000 to 1014 but for 1004 to 1006, or 3000 to 4999',
    })
    .optional()
    .describe(meaning)
    .meta({ default: standard });

/** RFC 9110 section 5.6.2, for editors too: a schema can say a pattern. */
const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const HEADER = new RegExp(`^header:(${TOKEN})$`);

const subprotocol = z.string().regex(new RegExp(`^${TOKEN}$`), {
  error: 'a subprotocol is one word without commas, such as "graphql-transport-ws"',
});

const perClient = z.string().regex(new RegExp(`^(?:address|user|header:${TOKEN})$`), {
  error: 'expected "address", "user", or "header:" and the name of a field, as in "header:X-User"',
});

export const websocketOptionsSchema = z
  .strictObject({
    ping_interval: limit(30, 'So long without a byte from a side: a ping to that side. 0: no pings.'),
    pong_timeout: duration(1)
      .optional()
      .describe(
        'No byte within it after a ping: that peer is dead. Not written: `read_timeout` less `ping_interval`, at least 1 s; none with `read_timeout: 0`.',
      ),
    pong_wait: duration(1).optional().describe('Another name of `pong_timeout`.'),
    read_timeout: limit(
      60,
      'The longest silence of a side with `ping_interval: 0`; else see `pong_timeout`. 0: no limit.',
    ),
    write_timeout: limit(60, 'The longest a peer may take nothing while bytes wait for it. 0: no limit.'),
    write_wait: duration().optional().describe('Another name of `write_timeout`.'),
    idle_timeout: limit(0, 'The longest without a data frame either way; pings do not count. 0: no limit.'),
    max_lifetime: limit(0, 'How long a tunnel may be open. 0: no limit.'),
    handshake_timeout: limit(10, 'From the request to the 101, all tries together; over it: 504. 0: no limit.'),
    close_timeout: limit(10, 'From the first Close until both sides are done.', 100),
    drain_code: closeCode(
      1012,
      'To clients when the proxy shuts down, when what they are on was removed, or by `on_unhealthy`.',
    ),
    bad_gateway_code: closeCode(1011, 'To clients whose backend vanished.'),
    max_message_size: size({ min: 0, bareUnit: 'KiB' })
      .optional()
      .describe('Of a message: the sum of its frames as on the wire. A number without unit is KiB. 0: no limit.')
      .meta({ standard: 0 }),
    enable_rate_limit: z
      .boolean()
      .optional()
      .describe('`true`: counts the data messages of each client.')
      .meta({ default: false }),
    max_messages_per_minute: z.int().min(1).optional().describe('How many it may send.').meta({ default: 1000 }),
    burst: z
      .int()
      .min(1)
      .optional()
      .describe('How many of them at once. Not written: a tenth of `max_messages_per_minute`, at least 1.'),
    rate_limit_mode: z
      .enum(['delay', 'close'])
      .optional()
      .describe(
        '`delay`: what is too fast waits, and TCP slows the sender down. `close`: it ends the tunnel with 1008.',
      )
      .meta({ default: 'delay' }),
    log_messages: z
      .boolean()
      .optional()
      .describe('A log line per message: direction, opcode, size, time in the proxy.')
      .meta({ default: false }),
    path_patterns: z
      .array(pathPattern)
      .prefault([])
      .describe('Only these paths may upgrade, others get 404; patterns as in `route_rules`. Empty: all.'),
    allowed_origins: z
      .array(originPattern)
      .prefault([])
      .describe(
        'Pages that may connect: `https://app.example.com`, `https://*.example.com` (what is below it), `*` (all but `null`), `null`. Others get 403.',
      ),
    enable_origin_check: z
      .boolean()
      .optional()
      .describe(
        "Whether Origin is looked at. Not written: where `allowed_origins` has any. `true` without any: pages of the request's own host only.",
      ),
    allow_missing_origin: z
      .boolean()
      .prefault(true)
      .describe('`false`: a handshake without Origin is refused too; only browsers send one.'),
    subprotocols: z
      .array(subprotocol)
      .prefault([])
      .describe('Only these may be offered to the backend, others are taken out; where none is left: 400. Empty: all.'),
    max_connections: z
      .int()
      .min(0)
      .prefault(0)
      .describe('Tunnels of this instance; over it: 503. 80 % of it is logged as a warning. 0: no limit.'),
    max_connections_per_client: z.int().min(0).prefault(0).describe('Of one client; over it: 429. 0: no limit.'),
    per_client: perClient
      .prefault('address')
      .describe(
        'What tells clients apart: `address`, `user` (as an `auth` before it says), or `header:X-User`, a field as it goes to the backend. Without user or field: the address.',
      ),
  })
  .superRefine((options, context) => {
    for (const [key, alias] of [
      ['pong_timeout', 'pong_wait'],
      ['write_timeout', 'write_wait'],
    ] as const) {
      if (options[key] === undefined || options[alias] === undefined) continue;
      context.addIssue({ code: 'custom', path: [alias], message: `is another name of ${key}, which stands there too` });
    }
  })
  .describe('Who may open a tunnel, and what it is held to. Other requests pass untouched.');

export type WebsocketOptions = z.output<typeof websocketOptionsSchema>;

/** What the options say of a tunnel's policy; what nobody wrote is left open. */
export function tunnelSettingsOf(options: WebsocketOptions): TunnelSettings {
  return {
    pingIntervalMs: options.ping_interval,
    pongTimeoutMs: options.pong_timeout ?? options.pong_wait,
    readTimeoutMs: options.read_timeout,
    writeTimeoutMs: options.write_timeout ?? options.write_wait,
    idleTimeoutMs: options.idle_timeout,
    maxLifetimeMs: options.max_lifetime,
    handshakeTimeoutMs: options.handshake_timeout,
    closeTimeoutMs: options.close_timeout,
    drainCode: options.drain_code,
    badGatewayCode: options.bad_gateway_code,
    maxMessageBytes: options.max_message_size,
    messageRate: options.enable_rate_limit === undefined ? undefined : messageRateOf(options),
    logMessages: options.log_messages,
  };
}

const MESSAGES_PER_MINUTE = 1000;

function messageRateOf(options: WebsocketOptions): TunnelSettings['messageRate'] {
  if (options.enable_rate_limit !== true) return null;
  const perMinute = options.max_messages_per_minute ?? MESSAGES_PER_MINUTE;
  const burst = options.burst ?? Math.max(1, Math.floor(perMinute / 10));
  return { perMinute, burst, mode: options.rate_limit_mode ?? 'delay' };
}

/** Whether Origin is looked at. */
export function checksOrigin(options: WebsocketOptions): boolean {
  return options.enable_origin_check ?? options.allowed_origins.length > 0;
}

/** What tells the client of an exchange apart; undefined: its address does. */
export function clientKey({ per_client: key }: WebsocketOptions): (exchange: Exchange) => string | undefined {
  if (key === 'user') return ({ user }) => (user === null ? undefined : `user ${user}`);
  const field = HEADER.exec(key)?.[1]?.toLowerCase();
  if (field === undefined) return () => undefined;
  // As the backend will see the field: a client cannot set what the proxy sets.
  return ({ backendRequest }) => {
    const value = backendRequest.headers.get(field);
    return value === undefined ? undefined : `${field} ${value}`;
  };
}
