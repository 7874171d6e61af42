import { z } from 'zod';
import { isToken } from '../protocol/http1/character-classes.js';
import { duration } from './schema-duration.js';
import { secret } from './schema-secret.js';
import { section } from './section.js';

/** Max-Age counts whole seconds, and 0 of them deletes a cookie. */
const LEAST_TTL_MS = 1000;

/** A client stays with its backend, by a signed cookie. */
export const stickySchema = section({
  cookie: z
    .string()
    .refine(isToken, { error: 'expected the name of a cookie such as "toyou_backend"' })
    .prefault('toyou_backend')
    .describe('The name of the cookie.'),
  ttl: duration()
    .refine((ms) => ms === 0 || ms >= LEAST_TTL_MS, { error: 'must be 0 or at least 1s' })
    .prefault(0)
    .describe('How long a browser keeps the cookie. 0: until it is closed.'),
  secret: secret
    .optional()
    .describe(
      'What the cookie is signed with; `file:/path` reads it from a file. Not written or empty: a secret of the process, so that its cookies mean nothing to another or after a restart.',
    ),
}).transform(({ secret: written, ...rest }) => ({ ...rest, secret: written === '' ? null : (written ?? null) }));
