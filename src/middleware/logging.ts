import { z } from 'zod';
import type { Timer } from '../exchange/clock.js';
import { isEventStream } from '../exchange/event-stream.js';
import type { Exchange } from '../exchange/exchange.js';
import { isWritten, type LineWriter, lineWriter } from '../exchange/log.js';
import type { Middleware, MiddlewareHost, MiddlewareType } from '../exchange/middleware.js';
import type { Outcome } from '../exchange/outcome.js';
import { SECRET_FIELDS, SECRET_PARAMETERS } from '../exchange/redact.js';
import type { MutableResponseHead } from '../exchange/response-head.js';
import type { HeaderList } from '../protocol/http1/header-list.js';
import { logField, logMembers } from './log-fields.js';
import { compileLogLine, type LogLine } from './log-line.js';
import { compilePathGlobs } from './path-glob.js';

const DEFAULT_FIELDS = [
  'method',
  'host',
  'path',
  'status',
  'duration_ms',
  'request_bytes',
  'response_bytes',
  'route',
  'service',
  'backend',
  'client',
  'user',
  'kind',
  'events',
  'client_subject',
];

const optionsSchema = z
  .strictObject({
    log_level: z.enum(['trace', 'debug', 'info', 'warn', 'error']).prefault('info').describe('The level of the lines.'),
    fields: z
      .array(logField)
      .prefault(DEFAULT_FIELDS)
      .describe('What a line says, besides `request_id`; also `request_header:NAME` and `response_header:NAME`.'),
    sample: z.number().gt(0).max(1).prefault(1).describe('The share of exchanges that get a line.'),
    skip_paths: z
      .array(z.string().regex(/^\/[^*?#]*\*?$/, { error: 'expected a path, with "*" at its end or nowhere' }))
      .prefault([])
      .describe('Paths that get none: `/health` exactly, `/static/*` that and everything below, `/img-*` a beginning.'),
    redact: z
      .array(z.string().min(1))
      .prefault([])
      .describe('Names of header fields and query parameters that are secret, besides the usual ones.'),
  })
  .describe(
    'A line for each request that went well, at its end, and one every 5 minutes for an event stream that is open. Failures, and what tunnels do, are logged with it or without.',
  );

type LoggingOptions = z.infer<typeof optionsSchema>;

/** A line for each exchange that went well, and one every five minutes for an open stream. */
export const logging: MiddlewareType<LoggingOptions> = {
  type: 'logging',
  optionsSchema,
  create: (name, options, host) => new Logging(name, options, host),
};

const PROGRESS_MS = 300_000;

/** What is kept of an exchange between its response and its end. */
interface Seen {
  responseHeaders: HeaderList | null;
  sampled: boolean;
  progress: Timer | null;
}

const NOTHING_SEEN: Seen = { responseHeaders: null, sampled: true, progress: null };

/** Failures and tunnels are the core log's: there are never two lines for one event. */
class Logging implements Middleware {
  readonly name: string;
  readonly #options: LoggingOptions;
  readonly #host: MiddlewareHost;
  readonly #line: LogLine;
  readonly #writeEnded: LineWriter;
  readonly #writeOpen: LineWriter;
  readonly #skips: (path: string) => boolean;
  readonly #keepsHead: boolean;
  /** Nothing is kept of an exchange that is no event stream. */
  readonly #keepsNothing: boolean;
  readonly #open = new Set<Timer>();

  constructor(name: string, options: LoggingOptions, host: MiddlewareHost) {
    this.name = name;
    this.#options = options;
    this.#host = host;
    const secrets = [...SECRET_FIELDS, ...SECRET_PARAMETERS, ...options.redact].map((secret) => secret.toLowerCase());
    this.#line = compileLogLine(logMembers(options.fields, new Set(secrets)));
    this.#writeEnded = lineWriter(host.log, options.log_level, 'exchange ended');
    this.#writeOpen = lineWriter(host.log, options.log_level, 'stream open');
    this.#skips = compilePathGlobs(options.skip_paths);
    this.#keepsHead = options.fields.some((field) => field.startsWith('response_header:'));
    this.#keepsNothing = options.sample === 1 && !this.#keepsHead;
  }

  onResponse(exchange: Exchange, head: MutableResponseHead): void {
    const streams = exchange.kind === 'sse' && isEventStream(head.headers);
    if ((!streams && !this.#keepsHead) || !this.#concerns(exchange)) return;
    const seen = this.#seen(exchange);
    seen.responseHeaders = head.headers;
    if (streams && seen.sampled && seen.progress === null) this.#reportLater(exchange, seen);
  }

  onEnd(exchange: Exchange, outcome: Outcome): void {
    if (!this.#concerns(exchange)) return;
    const seen = this.#keepsNothing && this.#open.size === 0 ? NOTHING_SEEN : this.#seen(exchange);
    if (seen.progress !== null) this.#forget(seen);
    if (outcome.error !== null || !seen.sampled || !isWritten(this.#host.log, this.#options.log_level)) return;
    this.#writeEnded(this.#line(exchange, outcome, seen.responseHeaders), exchange.startedAtMs + outcome.durationMs);
  }

  dispose(): void {
    for (const timer of this.#open) timer.cancel();
    this.#open.clear();
  }

  #concerns(exchange: Exchange): boolean {
    return exchange.kind !== 'websocket' && !this.#skips(exchange.request.facts.target.matchPath);
  }

  readonly #firstSight = (): Seen => {
    const { sample } = this.#options;
    return { responseHeaders: null, sampled: sample === 1 || this.#host.random() < sample, progress: null };
  };

  #seen(exchange: Exchange): Seen {
    return exchange.stateOf(this, this.#firstSight);
  }

  #reportLater(exchange: Exchange, seen: Seen): void {
    const timer = this.#host.clock.after(PROGRESS_MS, () => {
      this.#open.delete(timer);
      if (exchange.ended) return;
      this.#report(exchange, seen);
      this.#reportLater(exchange, seen);
    });
    seen.progress = timer;
    this.#open.add(timer);
  }

  #report(exchange: Exchange, seen: Seen): void {
    const nowMs = this.#host.clock.nowMs();
    const soFar = {
      status: exchange.status,
      durationMs: nowMs - exchange.startedAtMs,
      requestBytes: exchange.request.body.bytesSeen,
      responseBytes: exchange.writer.bytesWritten,
    };
    this.#writeOpen(this.#line(exchange, soFar, seen.responseHeaders), nowMs);
  }

  #forget(seen: Seen): void {
    if (seen.progress === null) return;
    seen.progress.cancel();
    this.#open.delete(seen.progress);
    seen.progress = null;
  }
}
