import { BucketTable } from './bucket-table.js';

/**
 * The buckets of every rate limit, by the name of its instance: one that a reload made anew goes on with what the one
 * before has counted. A table is there as long as an instance holds it.
 */
export class RateBuckets {
  readonly #tables = new Map<string, { readonly table: BucketTable; holders: number }>();

  /** How many instances have a table. */
  get size(): number {
    return this.#tables.size;
  }

  /** For each call one of {@link letGo}. */
  hold(instance: string): BucketTable {
    let held = this.#tables.get(instance);
    if (held === undefined) {
      held = { table: new BucketTable(), holders: 0 };
      this.#tables.set(instance, held);
    }
    held.holders++;
    return held.table;
  }

  letGo(instance: string): void {
    const held = this.#tables.get(instance);
    if (held !== undefined && --held.holders === 0) this.#tables.delete(instance);
  }
}
