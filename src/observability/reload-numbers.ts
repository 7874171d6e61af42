/** How reloads went: counted by their result. */
export class ReloadNumbers implements Iterable<readonly [string, number]> {
  readonly #results = new Map<string, number>();

  /** @param result `refused`: the files have errors; else an outcome or reason of `ReloadResult` */
  count(result: string): void {
    this.#results.set(result, (this.#results.get(result) ?? 0) + 1);
  }

  [Symbol.iterator](): Iterator<readonly [string, number]> {
    return this.#results.entries();
  }
}
