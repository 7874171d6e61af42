/** The weight of the newest answer in the mean. */
const SHARE = 0.1;

/** How long a backend takes to answer: a mean in which what is long ago fades. */
export class Latency {
  /** Milliseconds from the request to the head of the response; null: it has answered nothing. */
  meanMs: number | null = null;

  add(ms: number): void {
    this.meanMs = this.meanMs === null ? ms : this.meanMs + SHARE * (ms - this.meanMs);
  }
}
