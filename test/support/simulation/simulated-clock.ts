import type { Clock, Timer } from '../../../src/exchange/clock.js';

interface Event {
  readonly atMs: number;
  readonly order: number;
  run: (() => void) | null;
}

/** Events between which the real event loop gets a turn, so that ticks and promises of the code run too. */
const EVENTS_PER_TURN = 64;

/** A clock that stands still until the next event, and jumps there. Equal times run in the order they were made. */
export class SimulatedClock implements Clock {
  #nowMs = 0;
  #order = 0;
  #sleptMs = 0;
  readonly #heap: Event[] = [];
  readonly #eventsPerTurn: number;

  /** @param eventsPerTurn 1: no time passes before everything is done that follows from an event */
  constructor(eventsPerTurn = EVENTS_PER_TURN) {
    this.#eventsPerTurn = eventsPerTurn;
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#heap.filter(({ run }) => run !== null).length;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): Timer {
    const event: Event = { atMs: this.#nowMs + delayMs, order: this.#order++, run };
    this.#push(event);
    return {
      cancel: () => {
        event.run = null;
      },
    };
  }

  /** Time goes on, and nothing runs: the machine sleeps. What falls due meanwhile comes late. */
  sleep(ms: number): void {
    this.#nowMs += ms;
    this.#sleptMs += ms;
  }

  /** Time that passed without what was slept through. */
  get awakeMs(): number {
    return this.#nowMs - this.#sleptMs;
  }

  /** Runs events until none is left, the time is over, or all is done. Returns how many ran. */
  async runUntil(endMs: number, done: () => boolean = () => false): Promise<number> {
    let count = 0;
    for (;;) {
      const event = this.#heap[0];
      if (event === undefined || event.atMs > endMs) {
        await new Promise(setImmediate);
        const next = this.#heap[0];
        if (next === undefined || next.atMs > endMs) return count;
        continue;
      }
      this.#pop();
      this.#nowMs = Math.max(this.#nowMs, event.atMs);
      if (event.run === null) continue;
      event.run();
      if (++count % this.#eventsPerTurn !== 0) continue;
      await new Promise(setImmediate);
      if (done()) return count;
    }
  }

  /** Runs events until `work` has ended, at most so long. Rejects as it does. */
  async runWhile(work: Promise<void>, mostMs: number): Promise<void> {
    let over = false;
    const ended = work.finally(() => {
      over = true;
    });
    // Told below, behind the events.
    ended.catch(() => {});
    await this.runUntil(this.#nowMs + mostMs, () => over);
    await ended;
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(event, heap[parent] as Event)) break;
      heap[at] = heap[parent] as Event;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Event;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Event, heap[child] as Event)) child++;
      if (!before(heap[child] as Event, last)) break;
      heap[at] = heap[child] as Event;
      at = child;
    }
    heap[at] = last;
  }
}

function before(one: Event, other: Event): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}
