import type { OpenConnection } from '../exchange/open-connection.js';

/** One that is open. Nothing of it is copied: a tunnel that idles is to cost next to nothing here. */
export interface Tracked {
  /** Grows with each that opens: where a cursor stands. */
  readonly place: number;
  readonly id: string;
  /** Null once it has closed. */
  connection: OpenConnection | null;
  /** Another with the same id: trusted proxies may send one twice. */
  sameId: Tracked | null;
  /** Somebody asked for its end. */
  told: boolean;
}

/** So many gaps are lived with, before and beside the half. */
const FEW = 64;

/**
 * What is open, in the order it opened. Whoever walks over it by place comes to all that stay, whatever opens and
 * closes meanwhile: what closes leaves a gap, and gaps are closed when they are more than half.
 */
export class OpenList implements Iterable<Tracked> {
  readonly #byId = new Map<string, Tracked>();
  #members: Tracked[] = [];
  #gaps = 0;
  #lastPlace = 0;

  get size(): number {
    return this.#members.length - this.#gaps;
  }

  add(connection: OpenConnection): void {
    const { id } = connection.exchange;
    const sameId = this.#byId.get(id) ?? null;
    const tracked = { place: ++this.#lastPlace, id, connection, sameId, told: false };
    this.#byId.set(id, tracked);
    this.#members.push(tracked);
  }

  /** Those with this id, the last that opened first: one, but for ids that came from outside. */
  *withId(id: string): Generator<Tracked, void> {
    for (let tracked = this.#byId.get(id) ?? null; tracked !== null; tracked = tracked.sameId) yield tracked;
  }

  delete(gone: Tracked): void {
    gone.connection = null;
    const [first, ...rest] = [...this.withId(gone.id)].filter((tracked) => tracked !== gone);
    if (first === undefined) this.#byId.delete(gone.id);
    else this.#byId.set(gone.id, first);
    let last = first;
    for (const tracked of rest) {
      if (last !== undefined) last.sameId = tracked;
      last = tracked;
    }
    if (last !== undefined) last.sameId = null;
    this.#gaps++;
    if (this.#gaps > FEW && this.#gaps * 2 > this.#members.length) this.#closeGaps();
  }

  /** Of those behind a place, in order. Gaps may be closed while somebody walks: the list he walks over stays. */
  *behind(place: number): Generator<Tracked, void> {
    const members = this.#members;
    for (let index = this.#indexBehind(place); index < members.length; index++) {
      const tracked = members[index];
      if (tracked !== undefined && tracked.connection !== null) yield tracked;
    }
  }

  [Symbol.iterator](): Generator<Tracked, void> {
    return this.behind(0);
  }

  #indexBehind(place: number): number {
    let [from, to] = [0, this.#members.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#members[middle]?.place ?? 0) <= place) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  #closeGaps(): void {
    this.#members = this.#members.filter(({ connection }) => connection !== null);
    this.#gaps = 0;
  }
}
