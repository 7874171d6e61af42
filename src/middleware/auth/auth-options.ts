import { z } from 'zod';
import { duration } from '../../config/schema-duration.js';
import { pathPattern } from '../../config/schema-pattern.js';
import { method } from '../../config/schema-rule.js';
import { secretText } from '../../config/schema-secret.js';
import { refuse } from '../../config/section.js';
import { isSecretParameter } from '../../exchange/redact.js';
import { isToken } from '../../protocol/http1/character-classes.js';
import { fieldName, fieldNameFault } from '../field-name.js';
import { closeCode } from '../websocket-options.js';
import { ALGORITHMS } from './algorithms.js';
import { checkAuthOptions } from './check-auth-options.js';

const word = (what: string) => z.string().refine(isToken, { error: `expected ${what}` });
const oneOrMore = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)], {
  error: 'expected text, or a list',
});
const role = z.string().regex(/^[^\s]+$/, { error: 'a role is one word' });
const roles = z.array(role);

const jwksUrl = z.string().superRefine((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) refuse(context, text, 'expected an https:// url');
  else if (url.username !== '' || url.password !== '') refuse(context, text, 'a url with a password is read by many');
});

const queryName = z.string().superRefine((name, context) => {
  if (!/^[\w.~-]+$/.test(name)) refuse(context, name, 'expected the name of a parameter such as "access_token"');
  else if (!isSecretParameter(name.toLowerCase())) {
    const message = `log lines would show "${name}": take a name with "token" in it, or api_key, jwt, auth`;
    refuse(context, name, message, 'access_token');
  }
});

const forwarded = z.record(z.string(), z.string().min(1)).superRefine((fields, context) => {
  for (const [name, claim] of Object.entries(fields)) {
    const fault = fieldNameFault(name);
    if (fault !== null) context.addIssue({ code: 'custom', input: claim, path: [name], message: fault });
  }
});

const rule = z.strictObject({
  path: pathPattern.prefault('/*').describe('Patterns as in `route_rules`.'),
  methods: z
    .array(method)
    .min(1)
    .optional()
    .describe('Not written: all. `GET` is HEAD too, and a WebSocket handshake.'),
  roles: roles.prefault([]).describe('One of them is enough. Empty: whoever is known.'),
});

const user = z.strictObject({
  username: z
    .string()
    .regex(/^[^:\u0000-\u001f\u007f]+$/, { error: 'a user name is not empty, and has no colon' })
    .describe('Who it is.'),
  password: secretText.describe(
    'Plain, or a hash: bcrypt, or scrypt as `$scrypt$ln=15,r=8,p=1$salt$key`; or `file:/path` of it.',
  ),
  roles: roles.prefault([]).describe('What the user may do.'),
});

const apiKey = z.strictObject({
  name: z.string().min(1).describe('Who it is for: the user in logs and limits.'),
  key: secretText.describe('Plain, or a hash as in `users`; or `file:/path` of it.'),
  roles: roles.prefault([]).describe('What its holder may do.'),
});

const options = z.strictObject({
  type: z
    .enum(['jwt', 'basic', 'api_key'])
    .optional()
    .describe('Not written: `jwt` where one of its keys stands, else `basic` with `users`, `api_key` with `keys`.'),
  jwt_secret: secretText
    .optional()
    .describe('What tokens are signed with, shared with who signs them (HS256); or `file:/path` of it.'),
  jwt_public_key: secretText
    .optional()
    .describe('The public key or certificate of who signs tokens, in PEM; or `file:/path` of it.'),
  jwks_url: jwksUrl
    .optional()
    .describe(
      'Where the public keys are. Fetched at the first token, then every 10 min and for an unknown `kid`, at most every 30 s.',
    ),
  algorithms: z
    .array(z.enum(ALGORITHMS))
    .min(1)
    .optional()
    .describe(
      'What tokens may be signed with. Not written: HS256 with a secret, else all that the kind of the public key can.',
    ),
  issuer: oneOrMore.optional().describe('What `iss` must be, or one of a list. Not written: anything.'),
  audience: oneOrMore.optional().describe('What `aud` must have, or one of a list. Not written: anything.'),
  clock_tolerance: duration()
    .optional()
    .describe('How much later `exp`, and earlier `nbf`, is taken, for clocks that differ.')
    .meta({ standard: 5 }),
  token_header: fieldName
    .optional()
    .describe(
      'The field with token or key, with or without `Bearer`. Not written: Authorization, for API keys X-API-Key.',
    ),
  token_cookie: word('the name of a cookie')
    .optional()
    .describe('A cookie that may hold it, where the field does not.'),
  token_query: queryName
    .optional()
    .describe('A query parameter that may. It is taken out before the backend, and log lines do not show it.'),
  token_subprotocol: z
    .union([z.boolean(), word('the word before the dot')], { error: 'expected true, or the word before the dot' })
    .optional()
    .describe(
      'A WebSocket offer that may: `true` for `bearer.<token>`, or another word than bearer. It is taken out of the offer; one of the application has to stand beside it.',
    )
    .meta({ default: false }),
  roles_claim: z
    .string()
    .min(1)
    .optional()
    .describe('The claim with the roles: a list, or words. Dots lead into maps: `realm_access.roles`.')
    .meta({ default: 'roles' }),
  require_roles: roles.prefault([]).describe('Roles without which nobody passes: all of them.'),
  rules: z.array(rule).prefault([]).describe('Roles by path and method. Every rule that matches counts.'),
  require_auth: z
    .boolean()
    .prefault(true)
    .describe(
      '`false`: a request without a token passes as nobody, where no rule wants somebody; a bad token is a 401.',
    ),
  forward: forwarded
    .prefault({})
    .describe(
      "Fields for the backend with claims: `X-User: sub`. A client's own of that name goes; without the claim there is none.",
    ),
  close_on_expiry: z
    .boolean()
    .optional()
    .describe('Whether a tunnel ends when its token expires.')
    .meta({ default: true }),
  expiry_code: closeCode(4401, 'To the client of such a tunnel.'),
  users: z.array(user).min(1).optional().describe('Of `type: basic`.'),
  keys: z.array(apiKey).min(1).optional().describe('Of `type: api_key`.'),
});

export type AuthOptions = z.output<typeof options>;

export const authOptionsSchema = options
  .superRefine(checkAuthOptions)
  .describe(
    'Says who asks, and lets pass who may: by JSON Web Tokens, passwords, or API keys. 401 without a credential that holds, 403 without the roles.',
  );
