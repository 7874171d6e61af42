import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Objects that must not stay. */
export class Mortals {
  readonly #refs: { readonly what: string; readonly ref: WeakRef<object> }[] = [];

  add(what: string, object: object): void {
    this.#refs.push({ what, ref: new WeakRef(object) });
  }

  /** What is still there, and how many of each, after everything that can go has gone. */
  async left(): Promise<Record<string, number>> {
    for (let round = 0; round < 10; round++) {
      // A WeakRef that was made or read in this turn holds on until it is over.
      await new Promise((resolve) => setImmediate(resolve));
      collect();
    }
    const left: Record<string, number> = {};
    for (const { what, ref } of this.#refs) if (ref.deref() !== undefined) left[what] = (left[what] ?? 0) + 1;
    await new Promise((resolve) => setImmediate(resolve));
    return left;
  }
}

assert.equal(typeof collect, 'function');
