export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Looks every 20 ms until `holds`; throws with `what` where it does not within the time. */
export async function until(holds: () => boolean, withinMs: number, what: () => string): Promise<void> {
  const untilMs = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > untilMs) throw new Error(`not within ${withinMs} ms: ${what()}`);
    await sleep(20);
  }
}

/** Runs `work` for 0 … count-1, `atOnce` of them at a time. Rejects with the first failure. */
export async function inParallel(count: number, atOnce: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      await work(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, worker));
}
