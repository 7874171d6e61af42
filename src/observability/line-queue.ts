import { writeSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import type { Writable } from 'node:stream';

/** Lines that go out in one write. */
interface Portion {
  text: string;
  lines: number;
}

export interface LineQueueOptions {
  /** Lines that may wait; what comes beyond is dropped. */
  readonly maxLines?: number;
  /** The descriptor behind the stream, for what is left when the process exits. */
  readonly fd?: number | undefined;
  /** After lines were dropped, once half of the room is free again; with how many. */
  readonly onRecovered?: (dropped: number) => void;
}

/**
 * Lines on their way to a stream that may be slow. Never blocks and never throws: lines wait until the stream takes
 * them, those of one turn leave in one write, as do those of {@link PAUSE_MS} where many come, and past `maxLines` they
 * are dropped and counted. A stream that failed or was closed takes no more; every further line counts as dropped.
 */
export class LineQueue {
  readonly #stream: Writable;
  readonly #maxLines: number;
  readonly #fd: number | undefined;
  readonly #onRecovered: (dropped: number) => void;
  /** What comes now goes in behind the last. Empty where nothing waits. */
  #portions: Portion[] = [];
  #size = 0;
  /** There was more than went into the last write: it has waited already. */
  #moreAtOnce = false;
  #busy = false;
  #lastWriteMs = Number.NEGATIVE_INFINITY;
  #pause: NodeJS.Timeout | null = null;
  #broken = false;
  #dropped = 0;
  #droppedReported = 0;
  #flushWaiters: (() => void)[] = [];

  constructor(stream: Writable, options: LineQueueOptions = {}) {
    this.#stream = stream;
    this.#maxLines = options.maxLines ?? DEFAULT_MAX_LINES;
    this.#fd = options.fd;
    this.#onRecovered = options.onRecovered ?? (() => {});
    stream.on('error', () => this.#break());
    stream.on('close', () => this.#break());
  }

  /** Lines that were not written, since the beginning. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Lines that wait. */
  get size(): number {
    return this.#size;
  }

  /** @param line with its line feed */
  push(line: string): void {
    if (this.#broken || this.#size >= this.#maxLines) {
      this.#dropped++;
      return;
    }
    this.#size++;
    this.#append(line);
    if (this.#busy) return;
    this.#busy = true;
    this.#writeSoon();
  }

  /** Resolves once every line that waits now was taken by the system, or never can be. */
  flush(): Promise<void> {
    if (!this.#busy || this.#broken) return Promise.resolve();
    if (this.#pause !== null) {
      clearTimeout(this.#pause);
      this.#pause = null;
      setImmediate(() => this.#writeSome());
    }
    return new Promise((resolve) => this.#flushWaiters.push(resolve));
  }

  /** For the exit of the process: writes what waits at once, as far as the descriptor takes it. */
  flushNow(): void {
    if (this.#broken || this.#fd === undefined || this.#size === 0) return;
    let rest = Buffer.from(this.#portions.map(({ text }) => text).join(''));
    this.#forget();
    try {
      while (rest.length > 0) rest = rest.subarray(writeSync(this.#fd, rest));
    } catch {
      // Full or closed: an exit waits for nobody.
    }
  }

  #append(line: string): void {
    const portions = this.#portions;
    const last = portions[portions.length - 1];
    if (last === undefined || last.text.length >= MAX_WRITE_CHARACTERS) {
      portions.push({ text: line, lines: 1 });
    } else {
      last.text += line;
      last.lines++;
    }
  }

  /** A write for each turn would cost a request that gets a line 27 µs where standard output is a file. */
  #writeSoon(): void {
    const waitMs = this.#lastWriteMs + PAUSE_MS - performance.now();
    if (waitMs <= 0 || this.#flushWaiters.length > 0) {
      setImmediate(() => this.#writeSome());
      return;
    }
    this.#pause = setTimeout(() => {
      this.#pause = null;
      this.#writeSome();
    }, waitMs);
  }

  #written(): void {
    if (this.#size === 0 || this.#moreAtOnce) this.#writeSome();
    else this.#writeSoon();
  }

  /** One write at a time: what waits behind it can still be counted and dropped. */
  #writeSome(): void {
    if (this.#broken) return;
    this.#reportDropped();
    const portion = this.#portions.shift();
    if (portion === undefined) {
      this.#busy = false;
      this.#releaseWaiters();
      return;
    }
    this.#size -= portion.lines;
    this.#moreAtOnce = this.#portions.length > 0;
    try {
      this.#lastWriteMs = performance.now();
      this.#stream.write(portion.text, (error) => (error ? this.#break() : this.#written()));
    } catch {
      this.#break();
    }
  }

  /** Once there is room again: a destination that stays busy would else never tell. */
  #reportDropped(): void {
    const lost = this.#dropped - this.#droppedReported;
    if (lost === 0 || this.#size > this.#maxLines / 2) return;
    this.#droppedReported = this.#dropped;
    this.#onRecovered(lost);
  }

  #forget(): void {
    this.#portions = [];
    this.#size = 0;
  }

  #break(): void {
    if (this.#broken) return;
    this.#broken = true;
    if (this.#pause !== null) clearTimeout(this.#pause);
    this.#dropped += this.#size;
    this.#forget();
    this.#releaseWaiters();
  }

  #releaseWaiters(): void {
    const waiters = this.#flushWaiters;
    this.#flushWaiters = [];
    for (const release of waiters) release();
  }
}

const DEFAULT_MAX_LINES = 10_000;
/** Nobody who reads along notices. */
const PAUSE_MS = 10;
const MAX_WRITE_CHARACTERS = 65_536;
