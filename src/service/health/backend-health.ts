import type { HealthCheckTraits, ProbeResult } from './probe.js';

type Thresholds = Pick<HealthCheckTraits, 'healthyThreshold' | 'unhealthyThreshold'>;
export type HealthChange = 'healthy' | 'unhealthy';

/** What probes have found out about one backend. Lives in the process's state: a reload keeps it. */
export class BackendHealth {
  /** True while nothing is known. */
  healthy = true;
  /** There was a result. */
  known = false;
  lastResult: ProbeResult | null = null;
  /** Of the last result, in milliseconds since 1970; null: there was none. */
  checkedAtMs: number | null = null;
  /** Since when it is as it is: of the first result or the last change, in milliseconds since 1970. */
  changedAtMs: number | null = null;
  goodInARow = 0;
  badInARow = 0;

  /** Why the last result was bad; null: it was good, or there was none. */
  get lastReason(): string | null {
    const { lastResult } = this;
    return lastResult === null || lastResult.good ? null : lastResult.reason;
  }

  /**
   * Takes in a result: the first one decides at once, then the thresholds do. Returns what the backend became by it;
   * null where it stays as it counted.
   * @param atMs milliseconds since 1970
   */
  take(result: ProbeResult, thresholds: Thresholds, atMs: number): HealthChange | null {
    const { healthy: before, known } = this;
    this.goodInARow = result.good ? this.goodInARow + 1 : 0;
    this.badInARow = result.good ? 0 : this.badInARow + 1;
    this.lastResult = result;
    this.checkedAtMs = atMs;
    this.known = true;
    if (!known || this.#reaches(thresholds)) this.healthy = result.good;
    if (!known || this.healthy !== before) this.changedAtMs = atMs;
    if (this.healthy === before) return null;
    return this.healthy ? 'healthy' : 'unhealthy';
  }

  /** Back to unknown: nobody checks it any more. True where it was unhealthy. */
  forget(): boolean {
    const wasUnhealthy = !this.healthy;
    this.healthy = true;
    this.known = false;
    this.lastResult = null;
    this.checkedAtMs = null;
    this.changedAtMs = null;
    this.goodInARow = 0;
    this.badInARow = 0;
    return wasUnhealthy;
  }

  #reaches({ healthyThreshold, unhealthyThreshold }: Thresholds): boolean {
    return this.goodInARow >= healthyThreshold || this.badInARow >= unhealthyThreshold;
  }
}
