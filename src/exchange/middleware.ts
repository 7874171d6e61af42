import type { z } from 'zod';
import type { Clock } from './clock.js';
import type { Exchange, LocalResponse } from './exchange.js';
import type { Log } from './log.js';
import type { Outcome } from './outcome.js';
import type { RateBuckets } from './rate-buckets.js';
import type { MutableResponseHead } from './response-head.js';
import type { TunnelCounts } from './tunnel-counts.js';

/**
 * Hooks into the phases of an exchange: HTTP, Server-Sent Events and WebSocket handshakes alike. Each may be async;
 * the exchange waits only for what is a promise. What throws ends the exchange as `middleware-failed`.
 */
export interface Middleware {
  /** The instance's name as configured. */
  readonly name: string;
  /** Request fields this instance sets towards the backend, in lower case: dropped first from untrusted clients, with `_` for `-` from all. */
  readonly ownedRequestFields?: readonly string[];
  /** It answers every preflight of CORS: a route takes one for a method it takes, though its `methods` lack OPTIONS. */
  readonly answersPreflights?: true;
  /**
   * What `onRequest` would say, by throwing a ProxyError, without taking, counting or telling anything: `explain` asks
   * this where nothing is sent. `onRequest` is to ask it itself.
   */
  judge?(exchange: Exchange): void;
  /** `exchange.respond(…)` here stops the chain. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a hook that only looks on returns nothing at all
  onRequest?(exchange: Exchange): LocalResponse | undefined | void | Promise<LocalResponse | undefined | void>;
  /** Before the response's head is written, in reverse order; the head may be changed. */
  onResponse?(exchange: Exchange, head: MutableResponseHead): void | Promise<void>;
  /** Once, when the exchange has ended. */
  onEnd?(exchange: Exchange, outcome: Outcome): void | Promise<void>;
  /** The instance is not used any more. */
  dispose?(): void | Promise<void>;
}

/** What a middleware may use of the process. */
export interface MiddlewareHost {
  readonly log: Log;
  readonly clock: Clock;
  /** A number from 0 up to 1. */
  readonly random: () => number;
  /** Of every instance, by its name: survives its being made anew. */
  readonly tunnelCounts: TunnelCounts;
  readonly rateBuckets: RateBuckets;
}

/** An option that is accepted, and what is odd about it. */
export interface OptionDoubt {
  readonly option: string;
  readonly message: string;
}

/** A type of middleware: its name in the configuration, its options, and how an instance is made. */
export interface MiddlewareType<Options = unknown> {
  readonly type: string;
  readonly optionsSchema: z.ZodType<Options>;
  /** What of the options is accepted and hardly meant: told when a configuration is checked. */
  doubts?(options: Options): readonly OptionDoubt[];
  /** It sets `exchange.user`. */
  readonly namesUsers?: boolean;
  /** The option by which an instance goes by `exchange.user`: where nobody before it sets that, a configuration is doubted. */
  userOption?(options: Options): string | null;
  /** @param options as `optionsSchema` parsed them */
  create(name: string, options: Options, host: MiddlewareHost): Middleware;
}
