import { Counters } from '../../src/exchange/counters.js';
import type { MiddlewareHost } from '../../src/exchange/middleware.js';
import { RateBuckets } from '../../src/exchange/rate-buckets.js';
import { TunnelCounts } from '../../src/exchange/tunnel-counts.js';
import { ManualClock } from './manual-clock.js';
import { RecordingLog } from './recording-log.js';

/** What a middleware of a test may use of a process that is not there. */
export class TestHost implements MiddlewareHost {
  readonly log = new RecordingLog();
  readonly clock = new ManualClock();
  readonly tunnelCounts = new TunnelCounts(new Counters());
  readonly rateBuckets = new RateBuckets();
  readonly random = (): number => 0;
}
