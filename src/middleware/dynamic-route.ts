import { z } from 'zod';
import { duration } from '../config/schema-duration.js';
import type { Exchange } from '../exchange/exchange.js';
import type { Middleware, MiddlewareHost, MiddlewareType, OptionDoubt } from '../exchange/middleware.js';
import { hostName } from '../protocol/http1/host-name.js';
import { ServiceAnswers } from './service-answers.js';
import { ServiceApi } from './service-api.js';

const optionsSchema = z
  .strictObject({
    api_url: z
      .string()
      .refine((text) => /^https?:\/\//i.test(text) && URL.canParse(text), { error: 'expected an http or https URL' })
      .describe(
        'Is sent `POST {"host": "app.example.com"}` and answers `{"code":200,"msg":"","data":{"goto_services":"NAME"}}`; an empty name: the service of the rule. The host is in lower case and without port.',
      ),
    timeout_seconds: duration(1).prefault(5).describe('How long a request waits for it, at most.'),
    cache_expiry_seconds: duration(1).prefault(60).describe('How long an answer counts.'),
    max_entries: z
      .int()
      .min(1)
      .max(1_000_000)
      .prefault(10_000)
      .describe('Hosts that are remembered: the one not asked for longest is forgotten.'),
    stale_while_revalidate: duration()
      .prefault(60)
      .describe(
        'For so long behind its expiry an answer serves on while a new one is asked for, also where that fails.',
      ),
  })
  .describe(
    'An API names the service for the host that is asked for. While it fails, answers badly, or names a service that there is not, the service of the rule serves, the log warns, and it is asked again 5 s later at the earliest. One call at a time for a host.',
  );

type DynamicRouteOptions = z.output<typeof optionsSchema>;

/** Sends a host's requests to the service that an API names; to the rule's own where it names none or fails. */
export const dynamicRoute: MiddlewareType<DynamicRouteOptions> = {
  type: 'dynamic_route',
  optionsSchema,
  doubts,
  create: (name, options, host) => new DynamicRoute(name, options, host),
};

class DynamicRoute implements Middleware {
  readonly name: string;
  readonly #api: ServiceApi;
  readonly #answers: ServiceAnswers;
  #disposed = false;

  constructor(name: string, options: DynamicRouteOptions, { clock, log }: MiddlewareHost) {
    this.name = name;
    const url = new URL(options.api_url);
    const api = new ServiceApi(url, options.timeout_seconds, clock);
    this.#api = api;
    const onFailure = (host: string, detail: string) => {
      if (this.#disposed) return;
      // Without user, password and query: they may be secret.
      const fields = { middleware: name, host, api: url.origin + url.pathname, detail };
      log.write('warn', 'dynamic route failed: the rule decides', fields);
    };
    const limits = {
      expiryMs: options.cache_expiry_seconds,
      staleMs: options.stale_while_revalidate,
      maxEntries: options.max_entries,
    };
    this.#answers = new ServiceAnswers({ ask: (host) => api.ask(host), onFailure }, limits, clock);
  }

  onRequest(exchange: Exchange): undefined | Promise<undefined> {
    const host = hostName(exchange.request.facts.host);
    // HTTP/1.0 knows requests for no host.
    if (host === '') return undefined;
    const service = this.#answers.of(host);
    if (typeof service === 'string') return this.#use(exchange, host, service);
    return service.then((name) => this.#use(exchange, host, name));
  }

  dispose(): void {
    this.#disposed = true;
    this.#api.dispose();
  }

  #use(exchange: Exchange, host: string, service: string): undefined {
    if (service !== '' && !exchange.useService(service)) this.#answers.refuse(host, service);
    return undefined;
  }
}

function doubts({ timeout_seconds: timeoutMs, cache_expiry_seconds: expiryMs }: DynamicRouteOptions): OptionDoubt[] {
  const doubts: OptionDoubt[] = [];
  if (timeoutMs > LONG_TIMEOUT_MS) {
    const message = `${timeoutMs / 1000}s is long: whoever asks for a host for the first time waits for it`;
    doubts.push({ option: 'timeout_seconds', message });
  }
  if (expiryMs < 1000) {
    doubts.push({
      option: 'cache_expiry_seconds',
      message: `${expiryMs}ms looks too low: the API is asked all the time`,
    });
  }
  return doubts;
}

const LONG_TIMEOUT_MS = 30_000;
