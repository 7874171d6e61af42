/** When traffic takes a backend out. Times in milliseconds. */
export interface CircuitTraits {
  /** So many failures within the window open it; 0: it stays closed. */
  readonly failures: number;
  readonly withinMs: number;
  /** How long it stays open the first time; doubled with each trial that fails, up to {@link MOST_TIMES} times it. */
  readonly retryAfterMs: number;
}

const MOST_TIMES = 10;

/** The circuit of a backend nobody watches. */
export const NEVER_OPENS: CircuitTraits = { failures: 0, withinMs: 0, retryAfterMs: 0 };

/**
 * Passive health: what the traffic itself says of a backend.
 * - closed: all goes there; `failures` failures within the window open it
 * - open: nothing goes there, until its time is over
 * - then half open: one exchange at a time is let through as a trial. One that is served closes it, one that fails opens
 *   it for twice as long, one of which nothing was learned (the client left) leaves it for the next
 */
export class Circuit {
  #traits: CircuitTraits;
  readonly #nowMs: () => number;
  /** When it last failed, the latest at the end; never more than it takes to open. */
  #failedAtMs: number[] = [];
  #isOpen = false;
  #openUntilMs = 0;
  /** How often it opened without having closed. */
  #openings = 0;
  /** The number of the trial under way; 0: none is. */
  #trial = 0;
  #trials = 0;

  /** @param nowMs the process's growing clock */
  constructor(traits: CircuitTraits, nowMs: () => number) {
    this.#traits = traits;
    this.#nowMs = nowMs;
  }

  get state(): 'closed' | 'open' | 'half-open' {
    if (!this.#isOpen) return 'closed';
    return this.#nowMs() < this.#openUntilMs ? 'open' : 'half-open';
  }

  /** Whether one more exchange may go there now. */
  get allows(): boolean {
    return !this.#isOpen || (this.#trial === 0 && this.#nowMs() >= this.#openUntilMs);
  }

  /** Milliseconds until a trial is let through; 0: now, or it is closed. */
  get opensForMs(): number {
    return this.#isOpen ? Math.max(0, this.#openUntilMs - this.#nowMs()) : 0;
  }

  /** True where that closed it: failures are not counted any more. */
  follow(traits: CircuitTraits): boolean {
    this.#traits = traits;
    if (traits.failures === 0) return this.close();
    this.#failedAtMs = this.#failedAtMs.slice(-traits.failures);
    return false;
  }

  /**
   * An exchange goes there. Returns the number of its trial, one of {@link succeeded}, {@link failed} and
   * {@link undecided} follows; 0: it is none.
   */
  enter(): number {
    if (!this.#isOpen || !this.allows) return 0;
    this.#trial = ++this.#trials;
    return this.#trial;
  }

  /** True where that closed it. Those who were under way when it opened say nothing of how it does now. */
  succeeded(trial: number): boolean {
    return this.#isPresent(trial) && this.close();
  }

  /** True where that opened it. */
  failed(trial: number): boolean {
    const { failures, withinMs } = this.#traits;
    if (this.#isPresent(trial)) {
      this.#open();
      return true;
    }
    if (failures === 0 || this.#isOpen) return false;
    const now = this.#nowMs();
    this.#failedAtMs.push(now);
    if (this.#failedAtMs.length > failures) this.#failedAtMs.shift();
    const [first = now] = this.#failedAtMs;
    if (this.#failedAtMs.length < failures || now - first > withinMs) return false;
    this.#open();
    return true;
  }

  /** The trial ended, and nobody knows more. */
  undecided(trial: number): void {
    if (this.#isPresent(trial)) this.#trial = 0;
  }

  /** True where it was not closed. */
  close(): boolean {
    const wasOpen = this.#isOpen;
    this.#isOpen = false;
    this.#trial = 0;
    this.#openings = 0;
    this.#failedAtMs = [];
    return wasOpen;
  }

  #isPresent(trial: number): boolean {
    return trial !== 0 && trial === this.#trial;
  }

  #open(): void {
    const times = Math.min(2 ** this.#openings, MOST_TIMES);
    this.#openings++;
    this.#isOpen = true;
    this.#trial = 0;
    this.#failedAtMs = [];
    this.#openUntilMs = this.#nowMs() + times * this.#traits.retryAfterMs;
  }
}
