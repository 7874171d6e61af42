import type { EventLoopTurns } from './event-loop-turns.js';

/** What one connection may read in one turn of the event loop before others get theirs. */
const MAX_BYTES_PER_TURN = 1024 * 1024;
/** And for how long: 1 MiB takes 0.5 ms to relay, but up to 100 ms where it is tiny frames or chunks. */
const MAX_MS_PER_TURN = 2;
/** Looking at the clock is dear beside a small message: it is done once for so many bytes. */
const LOOK_BYTES = 8 * 1024;

/** Counts what a TLS connection reads in a turn of the event loop: its reads are small, and many come at once. */
export class TurnShare {
  readonly #turns: EventLoopTurns;
  #unseenBytes = 0;
  #turn = -1;
  #turnBytes = 0;
  #turnFromMs = 0;

  constructor(turns: EventLoopTurns) {
    this.#turns = turns;
  }

  /** @returns true where this was enough for this turn */
  took(bytes: number): boolean {
    this.#unseenBytes += bytes;
    if (this.#unseenBytes < LOOK_BYTES) return false;
    const turn = this.#turns.current();
    const nowMs = performance.now();
    if (this.#turn !== turn) {
      this.#turn = turn;
      this.#turnBytes = 0;
      this.#turnFromMs = nowMs;
    }
    this.#turnBytes += this.#unseenBytes;
    this.#unseenBytes = 0;
    return this.#turnBytes >= MAX_BYTES_PER_TURN || nowMs - this.#turnFromMs >= MAX_MS_PER_TURN;
  }
}
