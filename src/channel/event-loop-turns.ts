/** Numbers the turns of the event loop while anybody looks, and runs things at the start of the next one. */
export class EventLoopTurns {
  #number = 0;
  #scheduled = false;
  #waiting: (() => void)[] = [];

  /** The number of this turn: equal within one, different in the next. */
  current(): number {
    this.#schedule();
    return this.#number;
  }

  /** Calls `run(argument)` in the next turn. */
  next<Argument>(run: (argument: Argument) => void, argument: Argument): void {
    this.#waiting.push(() => run(argument));
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#begin());
  }

  #begin(): void {
    this.#scheduled = false;
    this.#number++;
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    for (const run of waiting) run();
  }
}
