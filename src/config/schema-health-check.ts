import { z } from 'zod';
import { isValidOriginTarget } from '../protocol/http1/request-target.js';
import { duration } from './schema-duration.js';
import { type StatusRange, statusRanges } from './schema-status-ranges.js';
import { refuse, section } from './section.js';

/** What is asked for where `path` is not written. A connection alone asks for nothing. */
const STANDARD_PATHS = { http: '/health', tcp: '', websocket: '/' } as const;
const STANDARD_STATUSES: readonly StatusRange[] = [[200, 399]];
const LEAST_INTERVAL_MS = 100;

const target = z
  .string()
  .transform((text, context): string => {
    if (!/[^\x21-\x7e]/.test(text) && isValidOriginTarget(text)) return text;
    return refuse(context, text, 'expected a path such as "/health"', nearTarget(text));
  })
  .meta({ title: 'path' });

/** Probes of every backend of a service. Parses to null where they are turned off. */
export const healthCheckSchema = section({
  enabled: z.boolean().prefault(true).describe('`false`: as if the section were not written.'),
  type: z
    .enum(['http', 'tcp', 'websocket'])
    .prefault('http')
    .describe('`http`: GET `path`. `tcp`: a connection, with TLS where the url says so. `websocket`: a handshake.'),
  interval: duration(LEAST_INTERVAL_MS)
    .prefault(10)
    .describe('From one probe of a backend to the next, give or take 10 %. At least 100 ms.'),
  timeout: duration(1).prefault(5).describe('How long a probe may take until it counts as bad.'),
  path: target
    .optional()
    .describe('What is asked for. For `websocket` `/` unless written.')
    .meta({ standard: STANDARD_PATHS.http }),
  healthy_threshold: z.int().min(1).prefault(2).describe('Good probes in a row that bring a backend back.'),
  unhealthy_threshold: z.int().min(1).prefault(3).describe('Bad probes in a row that take it out.'),
  expected_status: statusRanges
    .optional()
    .describe('Of `http`: the statuses that are good, such as `204`, `"200-299,404"`, `[200, "300-399"]`.')
    .meta({ standard: '200-399' }),
}).transform(({ enabled, path, expected_status = STANDARD_STATUSES, ...rest }) =>
  enabled ? { ...rest, path: path ?? STANDARD_PATHS[rest.type], expected_status } : null,
);

function nearTarget(text: string): string | undefined {
  return /^[\w.-]+(?:\/|$)/.test(text) && isValidOriginTarget(`/${text}`) ? `/${text}` : undefined;
}
