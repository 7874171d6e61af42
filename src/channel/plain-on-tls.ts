import { readSync, writeSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

/** What is used of the handle of the connection below TLS. */
export interface PlainHandle {
  /** Where this system has one. */
  readonly fd?: number;
  readStop?(): unknown;
}

/** A client that sent nothing for so long has sent its request. */
const QUIET_MS = 250;
const LONGEST_MS = 2000;
const LOOK_READS = 16;
/** Of all of them: nobody reads what is in it. */
const discarded = Buffer.allocUnsafeSlow(64 * 1024);

/** Tells a client that does not speak TLS what it does wrong. Nothing was written to it yet: the kernel has room. */
export function writePlain(handle: PlainHandle | null, answer: string): void {
  const descriptor = handle?.fd ?? -1;
  if (descriptor < 0) return;
  try {
    writeSync(descriptor, answer);
  } catch {
    // The client is gone.
  }
}

/**
 * Reads on what such a client sends until nothing comes any more, then calls `done`: to close a connection with bytes
 * unread, or before more of them come, is to reset it, and a client that is reset may never see its answer (RFC 9112
 * section 9.6). Past the TLS engine, which would keep them. Where there is no descriptor `done` is called at once.
 */
export function discardPlain(handle: PlainHandle | null, done: () => void): void {
  if ((handle?.fd ?? -1) < 0) {
    done();
    return;
  }
  handle?.readStop?.();
  const untilMs = performance.now() + LONGEST_MS;
  const look = (): void => {
    if (readAway(handle?.fd ?? -1) && performance.now() < untilMs) setTimeout(look, QUIET_MS).unref();
    else done();
  };
  setTimeout(look, QUIET_MS).unref();
}

/** Whether there was something, and there may be more. */
function readAway(descriptor: number): boolean {
  if (descriptor < 0) return false;
  let came = false;
  try {
    for (let reads = 0; reads < LOOK_READS; reads++) {
      if (readSync(descriptor, discarded, 0, discarded.length, null) === 0) return false;
      came = true;
    }
    return came;
  } catch (error) {
    return came && (error as NodeJS.ErrnoException).code === 'EAGAIN';
  }
}
