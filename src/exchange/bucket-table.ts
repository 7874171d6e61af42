/** How fast what has one key may come. One object for an instance: it is compared by identity. */
export interface RateLimit {
  /** From one to the next, in milliseconds, once the bucket is empty. */
  readonly intervalMs: number;
  /** How many at once. */
  readonly burst: number;
  /** Of the table; the one that was not seen for longest goes first. */
  readonly maxKeys: number;
  /** What the keys stand for: those of another kind are forgotten. */
  readonly keyedBy: string;
}

const NONE = -1;
const FIRST_SLOTS = 16;
/** Sums of intervals such as 1/7 ms are not exact; far below what anybody can measure. */
const ROUNDING_MS = 1e-6;

/**
 * The buckets of one rate limit, by key: GCRA, which keeps one number for each, the time at which it is full again.
 * Slots and the order of use lie in typed arrays, so that a known key costs no allocation. Grows up to `maxKeys`.
 */
export class BucketTable {
  readonly #slots = new Map<string, number>();
  #keys: string[] = [];
  #fullAtMs = new Float64Array(FIRST_SLOTS);
  #newer = new Int32Array(FIRST_SLOTS);
  #older = new Int32Array(FIRST_SLOTS);
  #newest = NONE;
  #oldest = NONE;
  #limit: RateLimit | null = null;

  get size(): number {
    return this.#slots.size;
  }

  /**
   * Takes one from the bucket of this key.
   * @returns milliseconds until it is full again; where it is empty and nothing was taken: that below zero
   */
  take(key: string, limit: RateLimit, nowMs: number): number {
    if (limit !== this.#limit) this.#goOverTo(limit, nowMs);
    const slot = this.#slotOf(key, nowMs);
    const lackMs = Math.max(0, (this.#fullAtMs[slot] as number) - nowMs);
    if (lackMs > (limit.burst - 1) * limit.intervalMs + ROUNDING_MS) return -lackMs;
    const afterMs = lackMs + limit.intervalMs;
    this.#fullAtMs[slot] = nowMs + afterMs;
    return afterMs;
  }

  #slotOf(key: string, nowMs: number): number {
    const known = this.#slots.get(key);
    if (known === undefined) return this.#insert(lasting(key), nowMs);
    if (known !== this.#newest) {
      this.#unlink(known);
      this.#linkAsNewest(known);
    }
    return known;
  }

  #insert(key: string, fullAtMs: number): number {
    const { maxKeys } = this.#limit as RateLimit;
    let slot = this.#slots.size;
    if (slot >= maxKeys) {
      slot = this.#oldest;
      this.#unlink(slot);
      this.#slots.delete(this.#keys[slot] as string);
    } else if (slot === this.#fullAtMs.length) {
      this.#grow(Math.min(maxKeys, slot * 2));
    }
    this.#slots.set(key, slot);
    this.#keys[slot] = key;
    this.#fullAtMs[slot] = fullAtMs;
    this.#linkAsNewest(slot);
    return slot;
  }

  #unlink(slot: number): void {
    const newer = this.#newer[slot] as number;
    const older = this.#older[slot] as number;
    if (newer === NONE) this.#newest = older;
    else this.#older[newer] = older;
    if (older === NONE) this.#oldest = newer;
    else this.#newer[older] = newer;
  }

  #linkAsNewest(slot: number): void {
    this.#newer[slot] = NONE;
    this.#older[slot] = this.#newest;
    if (this.#newest === NONE) this.#oldest = slot;
    else this.#newer[this.#newest] = slot;
    this.#newest = slot;
  }

  #grow(slots: number): void {
    const grown = <A extends Float64Array | Int32Array>(to: A, from: A): A => {
      to.set(from);
      return to;
    };
    this.#fullAtMs = grown(new Float64Array(slots), this.#fullAtMs);
    this.#newer = grown(new Int32Array(slots), this.#newer);
    this.#older = grown(new Int32Array(slots), this.#older);
  }

  /** What was taken stays taken: so many more must pass at the new rate, but never more than its burst. */
  #goOverTo(limit: RateLimit, nowMs: number): void {
    const before = this.#limit;
    this.#limit = limit;
    if (before === null || sameLimit(before, limit)) return;
    const kept: [key: string, fullAtMs: number][] = [];
    if (before.keyedBy === limit.keyedBy) {
      for (let slot = this.#newest; slot !== NONE && kept.length < limit.maxKeys; slot = this.#older[slot] as number) {
        const taken = Math.max(0, (this.#fullAtMs[slot] as number) - nowMs) / before.intervalMs;
        kept.push([this.#keys[slot] as string, nowMs + Math.min(taken, limit.burst) * limit.intervalMs]);
      }
    }
    this.#clear();
    for (const [key, fullAtMs] of kept.reverse()) this.#insert(key, fullAtMs);
  }

  #clear(): void {
    this.#slots.clear();
    this.#keys = [];
    this.#fullAtMs = new Float64Array(FIRST_SLOTS);
    this.#newer = new Int32Array(FIRST_SLOTS);
    this.#older = new Int32Array(FIRST_SLOTS);
    this.#newest = NONE;
    this.#oldest = NONE;
  }
}

function sameLimit(a: RateLimit, b: RateLimit): boolean {
  return a.intervalMs === b.intervalMs && a.burst === b.burst && a.maxKeys === b.maxKeys && a.keyedBy === b.keyedBy;
}

/** A copy: a key cut out of a request's head would hold on to the whole of it. */
function lasting(key: string): string {
  const encoding = /^[\0-\xff]*$/.test(key) ? 'latin1' : 'utf16le';
  return Buffer.from(key, encoding).toString(encoding);
}
