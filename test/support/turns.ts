import assert from 'node:assert/strict';

const MANY_TURNS = 8;
/** Only a test that fails gets here: what it waits for does not come. */
const GIVE_UP_MS = 10_000;

/** Lets the event loop turn so often that whatever was written on this machine has been read and answered. */
export async function settled(turns = MANY_TURNS): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Turns the event loop until something holds that no event tells of. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const giveUpAt = performance.now() + GIVE_UP_MS;
  while (!condition()) {
    if (performance.now() > giveUpAt) assert.fail(`never happened: ${what}`);
    await settled(1);
  }
}
