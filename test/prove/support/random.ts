import { randomInt } from 'node:crypto';

/** In [0, 1). */
export type Random = () => number;

/** A seed of this run, or the one of `TOYOU_PROVE_SEED`, to run what failed once more; printed. */
export function chosenSeed(what: string): number {
  const given = process.env.TOYOU_PROVE_SEED;
  const seed = given === undefined ? randomInt(2 ** 31) : Number(given);
  console.log(`${what}: seed ${seed}`);
  return seed;
}

/** mulberry32: the same numbers for the same seed. */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
