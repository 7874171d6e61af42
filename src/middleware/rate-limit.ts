import { z } from 'zod';
import type { BucketTable, RateLimit } from '../exchange/bucket-table.js';
import type { Exchange } from '../exchange/exchange.js';
import type { Middleware, MiddlewareHost, MiddlewareType, OptionDoubt } from '../exchange/middleware.js';
import { ProxyError } from '../exchange/proxy-error.js';
import type { MutableResponseHead } from '../exchange/response-head.js';
import { RateLimitFields } from './rate-limit-fields.js';
import { compileRateLimitKey } from './rate-limit-key.js';

const MINUTE_MS = 60_000;
const STANDARD_KEYS = 100_000;
/** A Map of V8 ends at 16.7 million. */
const MOST_KEYS = 10_000_000;
/** Of typical clients behind one limit: with room for fewer they push each other out, and each begins anew. */
const FEW_KEYS = 100;
const MINUTES_OF_AN_HOUR = 60;

const optionsSchema = z
  .strictObject({
    requests_per_minute: z
      .int()
      .min(1)
      .prefault(60)
      .describe('How many may come in the long run, evenly. A WebSocket handshake is one. Over it: 429.'),
    burst: z
      .int()
      .min(1)
      .optional()
      .describe('How many may come at once. Not written: as many as `requests_per_minute`.'),
    key_extractor: z
      .string()
      .regex(/^(?:ip|user|global|header:[!#$%&'*+\-.^_`|~0-9A-Za-z]+)$/, {
        error: 'expected "ip", "user", "global", or "header:" and the name of a field, as in "header:X-Api-Key"',
      })
      .prefault('ip')
      .describe(
        "Who has a limit of their own: `ip`, each client's address behind trusted proxies too, of IPv6 its /64; `user`, whom `auth` found before this; `header:X-Api-Key`, each value of that field as it goes to the backend; without user or field the address. `global`: all share one.",
      ),
    max_keys: z
      .int()
      .min(1)
      .max(MOST_KEYS)
      .prefault(STANDARD_KEYS)
      .describe(
        'How many of them are remembered, in some 150 bytes each: the one not seen for longest is forgotten, and begins anew.',
      ),
  })
  .describe(
    'So many requests and handshakes of each client: over it 429 with `Retry-After`, in every case `RateLimit-Limit`, `-Remaining` and `-Reset`.',
  );

type RateLimitOptions = z.output<typeof optionsSchema>;

/** Lets so many requests and handshakes of each client through. */
export const rateLimit: MiddlewareType<RateLimitOptions> = {
  type: 'rate_limit',
  optionsSchema,
  doubts,
  userOption: ({ key_extractor: keyedBy }) => (keyedBy === 'user' ? 'key_extractor' : null),
  create: (name, options, host) => new RateLimiter(name, options, host),
};

class RateLimiter implements Middleware {
  readonly name: string;
  readonly #host: MiddlewareHost;
  readonly #limit: RateLimit;
  readonly #table: BucketTable;
  readonly #keyOf: (exchange: Exchange) => string;
  readonly #fields: RateLimitFields;

  constructor(name: string, options: RateLimitOptions, host: MiddlewareHost) {
    const { requests_per_minute: perMinute, burst = perMinute, key_extractor: keyedBy, max_keys: maxKeys } = options;
    this.name = name;
    this.#host = host;
    this.#limit = { intervalMs: MINUTE_MS / perMinute, burst, maxKeys, keyedBy };
    this.#fields = new RateLimitFields(this.#limit);
    this.#keyOf = compileRateLimitKey(keyedBy);
    this.#table = host.rateBuckets.hold(name);
  }

  onRequest(exchange: Exchange): void {
    const { intervalMs, burst } = this.#limit;
    const lackMs = this.#table.take(this.#keyOf(exchange), this.#limit, this.#host.clock.nowMs());
    exchange.keep(this, Math.abs(lackMs));
    if (lackMs >= 0) return;
    const waitMs = -lackMs - (burst - 1) * intervalMs;
    throw new ProxyError('rate-limited', `${this.name}: again in ${Math.ceil(waitMs)} ms`, undefined, [
      ['Retry-After', String(Math.ceil(waitMs / 1000))],
    ]);
  }

  /** On what is refused, too. */
  onResponse(exchange: Exchange, { headers }: MutableResponseHead): void {
    this.#fields.tell(headers, exchange.stateOf(this, noLack));
  }

  dispose(): void {
    this.#host.rateBuckets.letGo(this.name);
  }
}

function noLack(): number {
  return 0;
}

function doubts({
  requests_per_minute: perMinute,
  burst,
  key_extractor: keyedBy,
  max_keys: maxKeys,
}: RateLimitOptions) {
  const doubts: OptionDoubt[] = [];
  if (keyedBy === 'global' && maxKeys !== STANDARD_KEYS) {
    doubts.push({ option: 'max_keys', message: 'has no effect with key_extractor: global: there is one key' });
  } else if (keyedBy !== 'global' && maxKeys < FEW_KEYS) {
    const message = `${maxKeys} looks too low: clients push each other out, and who was forgotten has a whole burst`;
    doubts.push({ option: 'max_keys', message });
  }
  if (burst !== undefined && burst > perMinute * MINUTES_OF_AN_HOUR) {
    const message = `${burst} is what requests_per_minute lets through in over an hour: it hardly limits`;
    doubts.push({ option: 'burst', message });
  }
  return doubts;
}
