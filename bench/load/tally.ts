import type { RunReport } from './scenario.js';

/** How long after the last operation may begin the ones under way are waited for. */
const ANSWER_TIMEOUT_MS = 10_000;

/** Counts the operations of one run, says whether another may begin, and ends once none is under way. */
export class Tally {
  /** Resolves when the last operation has ended, or when one is not answered in time. */
  readonly ended: Promise<RunReport>;
  readonly #count: number;
  readonly #startedAt = performance.now();
  readonly #stopAt: number;
  readonly #timer: NodeJS.Timeout;
  #resolve: (report: RunReport) => void = () => {};
  #begun = 0;
  #completed = 0;
  #failures = 0;
  #firstFailure = '';

  constructor(count: number, limitMs: number) {
    this.#count = count;
    this.#stopAt = this.#startedAt + limitMs;
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#timer = setTimeout(() => this.#giveUp(), limitMs + ANSWER_TIMEOUT_MS);
  }

  /** Counts an operation as begun, unless the run has had its number or its time. */
  begin(): boolean {
    if (this.#begun >= this.#count || performance.now() >= this.#stopAt) return false;
    this.#begun += 1;
    return true;
  }

  /** One operation ended well. True where the caller is to do another, which is counted as begun. */
  complete(): boolean {
    this.#completed += 1;
    return this.#next();
  }

  /** One operation failed. True where the caller, if it still can, is to do another. */
  fail(reason: string): boolean {
    this.#note(1, reason);
    return this.#next();
  }

  /** One operation failed and its connection with it: nothing more comes from there. */
  lose(reason: string): void {
    this.#note(1, reason);
    this.#endIfIdle();
  }

  #next(): boolean {
    if (this.begin()) return true;
    this.#endIfIdle();
    return false;
  }

  #note(failures: number, reason: string): void {
    if (this.#failures === 0) this.#firstFailure = reason;
    this.#failures += failures;
  }

  #endIfIdle(): void {
    if (this.#completed + this.#failures >= this.#begun) this.#end();
  }

  #giveUp(): void {
    this.#note(this.#begun - this.#completed - this.#failures, 'no answer in time');
    this.#end();
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#resolve({
      completed: this.#completed,
      failures: this.#failures,
      firstFailure: this.#firstFailure,
      elapsedMs: performance.now() - this.#startedAt,
    });
  }
}
