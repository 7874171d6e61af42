import { z } from 'zod';
import { duration, durationRange } from './schema-duration.js';
import { hostPattern, pathPattern } from './schema-pattern.js';
import { rewriteSchema } from './schema-rewrite.js';
import { hostTlsSchema } from './schema-tls.js';
import { refuse, section } from './section.js';

/** A port to listen on. 0: one that is free, chosen by the system. */
export const portSchema = z.int().min(0).max(65_535);

const middlewareNames = z
  .array(z.string())
  .prefault([])
  .describe('Names of `middlewares` entries, of `middleware_services` instances, or of built-in types.');

/** A method as it stands on the wire. */
export const method = z.string().superRefine((text, context) => {
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(text)) refuse(context, text, 'expected a method such as "GET"');
  else if (text !== text.toUpperCase()) {
    refuse(context, text, 'methods are written in capitals', text.toUpperCase());
  }
});

const routeTimeoutSchema = section({
  read_timeout: duration().optional().describe('Instead of `advanced.timeout.read_timeout`. 0: no limit.'),
  write_timeout: duration().optional().describe('Instead of `advanced.timeout.write_timeout`. 0: no limit.'),
  dial_timeout: duration().optional().describe('Instead of `advanced.timeout.dial_timeout`. 0: no limit.'),
  sse_idle_timeout: duration().optional().describe('Instead of `advanced.timeout.sse_idle_timeout`. 0: no limit.'),
});

/** One rule for paths. */
export const routeRuleSchema = section({
  pattern: pathPattern.describe(
    '`/ws/*` matches `/ws` and everything below it, `/ws` only itself, `/a/*/b` any one segment between, `~^/v\\d+/` a regular expression.',
  ),
  target: z.string().describe('The service that gets the request.'),
  middlewares: middlewareNames,
  methods: z.array(method).min(1).optional().describe('The methods this rule is for. Not written: all.'),
  strip_prefix: z
    .string()
    .regex(/^\/[^\s?#*]*$/, { error: 'expected a path prefix such as "/ws"' })
    .optional()
    .describe('Taken from the beginning of the path on its way to the backend; before `rewrite`, where both stand.'),
  rewrite: rewriteSchema.optional().describe('Changes the path on its way to the backend.'),
  timeout: routeTimeoutSchema.prefault({}).describe('Timeouts of this route; not for tunnels.'),
  encoded_slash: z
    .enum(['allow', 'reject'])
    .prefault('allow')
    .describe('`reject`: a path with `%2F` or `%5C` is refused with 400.'),
  half_close: z
    .enum(['close', 'allow'])
    .prefault('close')
    .describe("What a client's FIN after its request means. `close`: it left. `allow`: it waits for the response."),
  sse_retry: durationRange
    .optional()
    .describe('A random `retry:` from this range is written before a drained event stream ends. Off unless written.'),
});

/** One rule for hosts. */
export const hostRuleSchema = section({
  pattern: hostPattern.describe(
    '`ws.example.com`, `*.example.com` (any depth), `*`, or `~` and a regular expression. Without case and port.',
  ),
  port: portSchema.optional().describe('The port this rule listens on. Not written: `advanced.port`.'),
  target: z.string().optional().describe('The service for what none of its `route_rules` matches. Without: 404.'),
  middlewares: middlewareNames,
  route_rules: z.array(routeRuleSchema).prefault([]).describe('Rules for paths of this host, as `route_rules` below.'),
  tls: hostTlsSchema
    .optional()
    .describe('The listener of this port speaks TLS; chosen by SNI, the first of a port is the default.'),
});
