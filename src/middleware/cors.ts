import { z } from 'zod';
import { duration } from '../config/schema-duration.js';
import { originPattern } from '../config/schema-origin.js';
import type { Exchange } from '../exchange/exchange.js';
import type { Middleware, MiddlewareType, OptionDoubt } from '../exchange/middleware.js';
import type { MutableResponseHead } from '../exchange/response-head.js';
import { compileAllowedOrigins } from '../protocol/http1/allowed-origins.js';
import { isToken } from '../protocol/http1/character-classes.js';
import type { HeaderList } from '../protocol/http1/header-list.js';
import { preflightMethod } from '../protocol/http1/preflight.js';

const name = (what: string) => z.string().refine(isToken, { error: `expected ${what}, or "*"` });

const optionsSchema = z
  .strictObject({
    allowed_origins: z
      .array(originPattern)
      .prefault(['*'])
      .describe(
        'Pages that may read: `https://app.example.com`, `https://*.example.com` (what is below it), `*` (all but `null`), `null`.',
      ),
    allowed_methods: z
      .array(name('a method such as "PUT"'))
      .prefault(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])
      .describe('What preflights are told. `*`: whatever they ask for.'),
    allowed_headers: z
      .array(name('the name of a header field'))
      .prefault(['*'])
      .describe('Fields that pages may set, as preflights are told. `*`: whatever they ask for.'),
    exposed_headers: z
      .array(name('the name of a header field'))
      .prefault([])
      .describe('Fields of responses that pages may read, beside those that they always may.'),
    allow_credentials: z
      .boolean()
      .prefault(false)
      .describe('Whether pages may send cookies and read what comes back. Not with `*` for the origins.'),
    max_age: duration()
      .optional()
      .describe('How long browsers may keep the answer to a preflight. Not written: their own 5 s.'),
  })
  .superRefine(({ allowed_origins: origins, allow_credentials: credentials }, context) => {
    if (!credentials || !origins.includes('*')) return;
    const message = 'cannot stand with "*" in allowed_origins: any page could act as its reader: list the origins';
    context.addIssue({ code: 'custom', path: ['allow_credentials'], input: credentials, message });
  })
  .describe(
    'Tells browsers which pages may read responses. Preflights are answered here, without the backend, also on routes whose `methods` lack OPTIONS; name `cors` before `auth`, for they carry no token. What the backend says by `Access-Control-` fields is dropped. WebSocket handshakes pass: see `allowed_origins` of `websocket`.',
  );

type CorsOptions = z.output<typeof optionsSchema>;

/** Tells browsers which pages may read responses (Fetch section 3.2). */
export const cors: MiddlewareType<CorsOptions> = {
  type: 'cors',
  optionsSchema,
  doubts,
  create: (instance, options) => new Cors(instance, options),
};

class Cors implements Middleware {
  readonly name: string;
  readonly answersPreflights = true;
  readonly #options: CorsOptions;
  readonly #isAllowed: (origin: string) => boolean;
  readonly #exposed: string;

  constructor(instance: string, options: CorsOptions) {
    this.name = instance;
    this.#options = options;
    this.#isAllowed = compileAllowedOrigins(options.allowed_origins);
    this.#exposed = options.exposed_headers.join(', ');
  }

  onRequest(exchange: Exchange) {
    return preflightMethod(exchange.request.head) === undefined ? undefined : exchange.respond(204);
  }

  /** Of failures and what other middlewares answer too: a page is to see which it is. */
  onResponse(exchange: Exchange, { headers }: MutableResponseHead): void {
    if (exchange.kind === 'websocket') return;
    dropAccessControl(headers);
    const method = preflightMethod(exchange.request.head);
    // Without Origin too: else a cache gives a page what it kept for somebody who is none.
    vary(headers, method === undefined ? ['Origin'] : PREFLIGHT_VARIES_BY);
    const [origin, another] = exchange.request.head.headers.getAll('origin');
    if (origin === undefined || another !== undefined || !this.#isAllowed(origin)) return;
    this.#allow(headers, origin);
    if (method === undefined) {
      if (this.#exposed !== '') headers.set('Access-Control-Expose-Headers', this.#exposed);
    } else {
      this.#answerPreflight(headers, method, exchange.request.head.headers);
    }
  }

  #allow(headers: HeaderList, origin: string): void {
    const { allowed_origins: origins, allow_credentials: credentials } = this.#options;
    headers.set('Access-Control-Allow-Origin', origins.includes('*') && origin !== 'null' ? '*' : origin);
    if (credentials) headers.set('Access-Control-Allow-Credentials', 'true');
  }

  #answerPreflight(headers: HeaderList, method: string, asked: HeaderList): void {
    const { allowed_methods: methods, allowed_headers: fields, max_age: maxAgeMs } = this.#options;
    const allowedMethods = methods.includes('*') ? method : methods.join(', ');
    if (isToken(method) && allowedMethods !== '') headers.set('Access-Control-Allow-Methods', allowedMethods);
    const names = fields.includes('*') ? tokensOf(asked.getAll('access-control-request-headers')) : fields;
    if (names.length > 0) headers.set('Access-Control-Allow-Headers', names.join(', '));
    if (maxAgeMs !== undefined) headers.set('Access-Control-Max-Age', String(Math.floor(maxAgeMs / 1000)));
  }
}

const PREFLIGHT_VARIES_BY = ['Origin', 'Access-Control-Request-Method', 'Access-Control-Request-Headers'];

function dropAccessControl(headers: HeaderList): void {
  for (let index = headers.size - 1; index >= 0; index--) {
    const lower = headers.lowerNameAt(index);
    if (!lower.startsWith('access-control-')) continue;
    headers.delete(lower);
    // It may have stood on several lines.
    index = Math.min(index, headers.size);
  }
}

/** Adds names to Vary that are not there. */
function vary(headers: HeaderList, names: readonly string[]): void {
  const there = tokensOf(headers.getAll('vary'));
  const known = new Set(there.map((one) => one.toLowerCase()));
  if (known.has('*')) return;
  const missing = names.filter((one) => !known.has(one.toLowerCase()));
  if (missing.length > 0) headers.set('Vary', [...there, ...missing].join(', '));
}

function tokensOf(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(',').map((one) => one.trim())).filter(isToken);
}

function doubts(options: CorsOptions): OptionDoubt[] {
  const { allowed_origins: origins, exposed_headers: exposed, allow_credentials: credentials } = options;
  const doubts: OptionDoubt[] = [];
  if (origins.length === 0) doubts.push({ option: 'allowed_origins', message: 'is empty: no page may read anything' });
  if (origins.includes('*') && origins.some((origin) => origin !== '*' && origin !== 'null')) {
    doubts.push({ option: 'allowed_origins', message: '"*" lets every page in: what else is listed has no effect' });
  }
  if (credentials && origins.includes('null')) {
    const message =
      '"null" is the origin of every sandboxed page, of anybody: with credentials each acts as its reader';
    doubts.push({ option: 'allowed_origins', message });
  }
  if (credentials && exposed.includes('*')) {
    doubts.push({
      option: 'exposed_headers',
      message: 'with allow_credentials browsers take "*" for a field of that name',
    });
  }
  return doubts;
}
