import type { ReloadAnswer } from './admin/admin-host.js';
import type { Dialer } from './channel/dialer.js';
import type { Config } from './config/config.js';
import type { Clock, Random } from './exchange/clock.js';
import type { ProxyEvents } from './exchange/events.js';
import type { Log } from './exchange/log.js';
import type { MiddlewareType } from './exchange/middleware.js';
import type { NameResolver } from './service/names/resolver.js';

/** What a proxy is made of. */
export interface ProxyOptions {
  readonly config: Config;
  readonly log: Log;
  /** Default: the built-in ones. */
  readonly middlewareTypes?: ReadonlyMap<string, MiddlewareType>;
  /** Told beside the core log. */
  readonly events?: ProxyEvents;
  /** Has the configuration read again, for the admin API. Not given: it cannot be. */
  readonly reloadFromFiles?: ReloadFromFiles;
  /** Told once it has begun to drain, whoever asked for it. */
  readonly drainBegun?: () => void;
  /** For tests: time, chance and the network. */
  readonly clock?: Clock;
  readonly random?: Random;
  readonly dialer?: Dialer;
  readonly resolver?: NameResolver;
}

/** Reads the files of the configuration, and goes over to it. Never rejects. */
export type ReloadFromFiles = (dryRun: boolean) => Promise<ReloadAnswer>;

/** An address that is listened on. */
export interface Listening {
  readonly address: string;
  readonly port: number;
  readonly scheme: 'http' | 'https';
}
