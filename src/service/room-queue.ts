import type { Counters } from '../exchange/counters.js';

/** Somebody who waits until a backend has room. */
export interface RoomWaiter {
  /** True where it took the room; false where it is none for it: it waits on, in its place, unless it stopped. */
  roomMade(): boolean;
}

/**
 * Whoever waits for a backend of one service: first come, first told. A reload makes a new Service of the same name and
 * backends; those who wait for the old one and for the new one stand in this one line.
 */
export class RoomQueue {
  readonly #counters: Counters;
  readonly #waiters = new Set<RoomWaiter>();

  constructor(counters: Counters) {
    this.#counters = counters;
  }

  get empty(): boolean {
    return this.#waiters.size === 0;
  }

  add(waiter: RoomWaiter): void {
    this.#waiters.add(waiter);
    this.#counters.waiting++;
  }

  /** Idempotent. */
  delete(waiter: RoomWaiter): void {
    if (this.#waiters.delete(waiter)) this.#counters.waiting--;
  }

  readonly roomMade = (): void => {
    // Not from within a release: whoever releases has not finished.
    if (this.#waiters.size > 0) process.nextTick(tellNext, this);
  };

  /** Tells the waiters until one takes the room: it may be at a backend that has failed the first ones. */
  tellNext(): boolean {
    for (const waiter of this.#waiters) if (waiter.roomMade()) return true;
    return false;
  }

  /** There may be room for several. */
  tellAll(): void {
    while (this.tellNext());
  }
}

function tellNext(queue: RoomQueue): void {
  queue.tellNext();
}
