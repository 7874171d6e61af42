import type { SeededRandom } from '../simulation/random.js';

/** What to pass next. */
export interface Piece {
  readonly bytes: number;
  /** Milliseconds before it; 0: a turn of the event loop; null: at once. */
  readonly afterMs: number | null;
}

/**
 * Cuts what waits into pieces.
 * @param waitingBytes at least 1
 * @param burstBytes passed since nothing waited last
 */
export type Pieces = (waitingBytes: number, burstBytes: number) => Piece;

/** As it came, at once. */
export const asItCame: Pieces = (bytes) => ({ bytes, afterMs: null });

/** As it came, later. */
export const delayed = (afterMs: number): Pieces => {
  return (bytes) => ({ bytes, afterMs });
};

/**
 * One byte in a turn of the event loop, so that a receiver in this process reads each on its own.
 * @param mostBytes of a burst; what comes behind these passes as it came: megabytes would take hours
 */
export const oneByte = (mostBytes = Number.POSITIVE_INFINITY): Pieces => {
  return (bytes, burstBytes) => ({ bytes: burstBytes < mostBytes ? 1 : bytes, afterMs: 0 });
};

/** Fine or coarse pieces as chance has it, some of them after a moment. */
export const randomPieces = (random: SeededRandom): Pieces => {
  return (waitingBytes) => {
    const most = random.pick([1, 3, 20, 200, 5000, 65_536]);
    const bytes = Math.min(waitingBytes, random.integer(1, most));
    // Much that waits is not made to wait long: a stream of megabytes would take minutes.
    const delays = waitingBytes < 4096 ? [0, 0, 0, 0, 0, 0, 0, 1] : [0];
    return { bytes: waitingBytes < 4096 ? bytes : Math.max(bytes, waitingBytes >> 1), afterMs: random.pick(delays) };
  };
};
