import assert from 'node:assert/strict';
import { linkTraffic } from './faults/link-traffic.js';

const MANY_TURNS = 8;
/** Only a test that fails gets here: what it waits for does not come, and nothing moves that could bring it. */
const GIVE_UP_MS = 10_000;

/**
 * Lets the event loop turn so often that whatever was written on this machine has been read and answered. Where fault
 * proxies stand between, so often once nothing moves in them any more.
 */
export async function settled(turns = MANY_TURNS): Promise<void> {
  let moves: number;
  do {
    moves = linkTraffic.moves;
    for (let passed = 0; passed < turns; passed++) await turn();
  } while (linkTraffic.moves !== moves || linkTraffic.due > 0);
}

/** Turns the event loop until something holds that no event tells of. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  let { moves } = linkTraffic;
  let giveUpAt = performance.now() + GIVE_UP_MS;
  while (!condition()) {
    if (linkTraffic.moves !== moves) giveUpAt = performance.now() + GIVE_UP_MS;
    moves = linkTraffic.moves;
    if (performance.now() > giveUpAt) assert.fail(`never happened: ${what}`);
    await turn();
  }
}

/** One turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
