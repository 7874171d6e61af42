import { writeSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import type { Writable } from 'node:stream';

/** A line that is put together once it is written. */
export interface WaitingLine {
  /** With its line feed. */
  text(): string;
}

type Line = string | WaitingLine;

export interface LineQueueOptions {
  /** Lines that may wait; what comes beyond is dropped. */
  readonly maxLines?: number;
  /** How many texts of 64 Ki characters may go out in one write: more than one only where the stream takes them so. */
  readonly textsAtOnce?: number;
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
  readonly #textsAtOnce: number;
  readonly #fd: number | undefined;
  readonly #onRecovered: (dropped: number) => void;
  #lines: Line[] = [];
  /** Lines of the write that is under way. */
  #underWay = 0;
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
    this.#textsAtOnce = options.textsAtOnce ?? 1;
    this.#fd = options.fd;
    this.#onRecovered = options.onRecovered ?? (() => {});
    stream.on('error', () => this.#break());
    stream.on('close', () => this.#break());
  }

  /** Lines that were not written, since the beginning; of a write that failed, all. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Lines that wait. */
  get size(): number {
    return this.#lines.length;
  }

  /** @param line with its line feed */
  push(line: Line): void {
    if (this.#broken || this.size >= this.#maxLines) {
      this.#dropped++;
      return;
    }
    this.#lines.push(line);
    if (this.#busy) {
      // The rest of the pause may bring more than there is room for.
      if (this.#pause !== null && this.size > this.#maxLines / 2) this.#endPause();
      return;
    }
    this.#busy = true;
    this.#writeSoon();
  }

  /** Resolves once every line that waits now was taken by the system, or never can be. */
  flush(): Promise<void> {
    if (!this.#busy || this.#broken) return Promise.resolve();
    if (this.#pause !== null) this.#endPause();
    return new Promise((resolve) => this.#flushWaiters.push(resolve));
  }

  /** For the exit of the process: writes what waits at once, as far as the descriptor takes it. */
  flushNow(): void {
    if (this.#broken || this.#fd === undefined || this.size === 0) return;
    try {
      while (this.size > 0) {
        let rest = Buffer.from(this.#take());
        while (rest.length > 0) rest = rest.subarray(writeSync(this.#fd, rest));
      }
    } catch {
      // Full or closed: an exit waits for nobody.
    }
  }

  /** A text for the stream. A line that cannot be put together is dropped. */
  #take(): string {
    const lines = this.#lines;
    let text = '';
    let taken = 0;
    while (taken < lines.length && text.length < MAX_TEXT_CHARACTERS) {
      const line = lines[taken++] as Line;
      try {
        text += typeof line === 'string' ? line : line.text();
        this.#underWay++;
      } catch {
        this.#dropped++;
      }
    }
    this.#lines = taken === lines.length ? [] : lines.slice(taken);
    return text;
  }

  #endPause(): void {
    if (this.#pause !== null) clearTimeout(this.#pause);
    this.#pause = null;
    setImmediate(() => this.#writeSome());
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
    this.#underWay = 0;
    if (this.size === 0 || this.#moreAtOnce) this.#writeSome();
    else this.#writeSoon();
  }

  /** One write at a time: what waits behind it can still be counted and dropped. */
  #writeSome(): void {
    if (this.#broken) return;
    this.#reportDropped();
    if (this.size === 0) {
      this.#busy = false;
      this.#releaseWaiters();
      return;
    }
    try {
      this.#lastWriteMs = performance.now();
      if (this.#textsAtOnce > 1) this.#stream.cork();
      let text = this.#take();
      for (let texts = 1; texts < this.#textsAtOnce && this.size > 0; texts++) {
        this.#stream.write(text);
        text = this.#take();
      }
      this.#moreAtOnce = this.size > 0;
      this.#stream.write(text, (error) => (error ? this.#break() : this.#written()));
      if (this.#textsAtOnce > 1) this.#stream.uncork();
    } catch {
      this.#break();
    }
  }

  /** Once there is room again: a destination that stays busy would else never tell. */
  #reportDropped(): void {
    const lost = this.#dropped - this.#droppedReported;
    if (lost === 0 || this.size > this.#maxLines / 2) return;
    this.#droppedReported = this.#dropped;
    this.#onRecovered(lost);
  }

  #break(): void {
    if (this.#broken) return;
    this.#broken = true;
    if (this.#pause !== null) clearTimeout(this.#pause);
    this.#dropped += this.size + this.#underWay;
    this.#lines = [];
    this.#releaseWaiters();
  }

  #releaseWaiters(): void {
    const waiters = this.#flushWaiters;
    this.#flushWaiters = [];
    for (const release of waiters) release();
  }
}

const DEFAULT_MAX_LINES = 10_000;
/** Nobody who reads along notices. A write costs 0.2 ms of the processor besides its lines, in two threads. */
const PAUSE_MS = 32;
/** With its last line: what is above 128 KiB, V8 has mapped and unmapped each time. */
const MAX_TEXT_CHARACTERS = 65_536;
