import { randomBytes } from 'node:crypto';
import type { Deadlines } from './channel/deadlines.js';
import type { Dialer } from './channel/dialer.js';
import type { Clock, Random } from './exchange/clock.js';
import type { Counters } from './exchange/counters.js';
import type { ProxyEvents } from './exchange/events.js';
import type { Log } from './exchange/log.js';
import { RateBuckets } from './exchange/rate-buckets.js';
import { TunnelCounts } from './exchange/tunnel-counts.js';
import type { TunnelNumbersTable } from './exchange/tunnel-numbers.js';
import { LongLivedRoster } from './forwarder/long-lived.js';
import type { ProxyOptions } from './options.js';
import { Names } from './service/names/names.js';
import { systemResolver } from './service/names/resolver.js';
import type { ServiceState } from './service/service-state.js';

/** What survives a reload: everything that counts, waits or is open. Private to the process. */
export interface State {
  readonly clock: Clock;
  readonly random: Random;
  readonly deadlines: Deadlines;
  readonly dialer: Dialer;
  readonly counters: Counters;
  readonly events: ProxyEvents;
  readonly log: Log;
  /** Our name in Via: random, so that a loop is told from another toyou-proxy on the way. */
  readonly pseudonym: string;
  readonly serviceState: ServiceState;
  /** What the names of backends were resolved to. */
  readonly names: Names;
  /** Signs the cookies of services that name no secret: for as long as the process lives. */
  readonly stickySecret: string;
  /** Event streams and tunnels that are open. */
  readonly longLived: LongLivedRoster;
  readonly tunnelNumbers: TunnelNumbersTable;
  readonly tunnelCounts: TunnelCounts;
  /** Of rate limits. */
  readonly rateBuckets: RateBuckets;
  /** The exact time, held by what outlives a Revision. */
  readonly nowMs: () => number;
}

type GivenState = Omit<
  State,
  'log' | 'random' | 'names' | 'stickySecret' | 'longLived' | 'tunnelCounts' | 'rateBuckets'
>;

/** The state of a process that begins. */
export function createState(
  { log, random = Math.random, resolver = systemResolver }: ProxyOptions,
  given: GivenState,
): State {
  return {
    ...given,
    log,
    random,
    names: new Names(resolver, given.clock),
    stickySecret: randomBytes(16).toString('hex'),
    longLived: new LongLivedRoster(),
    tunnelCounts: new TunnelCounts(given.counters),
    rateBuckets: new RateBuckets(),
  };
}
