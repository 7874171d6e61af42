import { type Duplex, Transform } from 'node:stream';

/** Where a stream's own code runs on what it is given. What `_read` throws Node catches itself. */
const hooks = ['_write', '_writev', '_transform', '_flush', '_final'] as const;

/**
 * Has what the stream's own code throws be an error of the stream. Node lets it through, often in a tick of its own,
 * where it would end the process.
 */
export function guardStream(stream: Duplex): void {
  for (const name of hooks) {
    const hook: unknown = Reflect.get(stream, name);
    // Node knows a Transform that has no end of its own by this function.
    if (typeof hook !== 'function' || (name === '_final' && stream instanceof Transform)) continue;
    Reflect.set(stream, name, (...given: unknown[]) => {
      guarded(stream, () => Reflect.apply(hook, stream, given));
    });
  }
}

/** Runs something of the stream's; what it throws is an error of the stream. */
export function guarded(stream: Duplex, run: () => void): void {
  try {
    run();
  } catch (error) {
    stream.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}
