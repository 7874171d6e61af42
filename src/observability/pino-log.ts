import type { Writable } from 'node:stream';
import { isatty } from 'node:tty';
import { pino } from 'pino';
import { isWritten, type LineMembers, type Log, type LogLevel } from '../exchange/log.js';
import { LineQueue, type WaitingLine } from './line-queue.js';
import { standardOutput, textsAtOnce } from './log-destination.js';
import { textLineFormat, wantsColour } from './text-line.js';

export interface LogOptions {
  readonly level: LogLevel;
  /** `auto`: text on a terminal, JSON elsewhere. */
  readonly format: 'auto' | 'json' | 'text';
  /** Default: standard output. */
  readonly destination?: Writable | undefined;
  /** Lines that may wait for a slow destination; default 10,000. */
  readonly maxLines?: number | undefined;
  /** Milliseconds since 1970; default the system's. */
  readonly wallMs?: (() => number) | undefined;
}

/** The log of the process. */
export interface ProcessLog extends Log {
  /** Lines that were lost because the destination was full or gone. */
  readonly dropped: number;
  /** Resolves once what waits now was written, or never can be. Never rejects. */
  flush(): Promise<void>;
}

/** Makes the log: one JSON object a line, or coloured text. What waits at the exit of the process is written then. */
export function createLog(options: LogOptions): ProcessLog {
  const stream = options.destination ?? standardOutput();
  const terminal = options.destination === undefined ? process.stdout.isTTY : isTerminal(options.destination);
  const text = options.format === 'text' || (options.format === 'auto' && terminal);
  const queue = new LineQueue(stream, {
    ...(options.maxLines === undefined ? {} : { maxLines: options.maxLines }),
    textsAtOnce: textsAtOnce(stream),
    fd: options.destination === undefined ? process.stdout.fd : undefined,
    onRecovered: (dropped) => write('warn', 'log lines were dropped', { dropped }),
  });
  const wallMs = options.wallMs ?? Date.now;
  const writers = text ? textWriter(queue, options.level, wallMs, terminal) : jsonWriter(queue, options.level, wallMs);
  const { write } = writers;
  if (options.destination === undefined) process.once('exit', () => queue.flushNow());
  return {
    level: options.level,
    ...writers,
    flush: () => queue.flush(),
    get dropped() {
      return queue.dropped;
    },
  };
}

type Writers = Pick<Log, 'write' | 'lineWriter'>;

function jsonWriter(queue: LineQueue, level: LogLevel, wallMs: () => number): Writers {
  const destination = { write: (line: string) => queue.push(line) };
  const timestamp = timeMember(wallMs);
  const logger = pino(
    {
      level,
      // The process and the host are known to whoever collects the lines; they cost bytes in each.
      base: null,
      timestamp,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return {
    write: (lineLevel, message, fields) => logger[lineLevel](fields, message),
    // As pino puts them together, without its walk over the fields.
    lineWriter: (lineLevel, message) => {
      if (!isWritten({ level }, lineLevel)) return () => {};
      const beginningNow = timeMember(wallMs, `{"level":"${lineLevel}"`, ',');
      const end = `,"msg":${JSON.stringify(message)}}\n`;
      let lastTick = Number.NaN;
      let beginning = '';
      return (members, nowMs) => {
        // To ask the system for the time costs more than all else that is done here.
        const tick = Math.floor(nowMs);
        if (tick !== lastTick) {
          lastTick = tick;
          beginning = beginningNow();
        }
        queue.push(new FramedLine(beginning, members, end));
      };
    },
  };
}

class FramedLine implements WaitingLine {
  readonly #beginning: string;
  readonly #members: LineMembers;
  readonly #end: string;

  constructor(beginning: string, members: LineMembers, end: string) {
    this.#beginning = beginning;
    this.#members = members;
    this.#end = end;
  }

  text(): string {
    return this.#beginning + this.#members.text() + this.#end;
  }
}

const MILLISECONDS = Array.from({ length: 1000 }, (_, index) => String(index).padStart(3, '0'));

/** Made once for all lines of a millisecond, and but for its digits once for all of a second. */
function timeMember(wallMs: () => number, before = '', behind = ''): () => string {
  const end = `Z"${behind}`;
  let lastMs = Number.NaN;
  let lastSecond = Number.NaN;
  let upToSecond = '';
  let last = '';
  return () => {
    const ms = Math.floor(wallMs());
    if (ms === lastMs) return last;
    lastMs = ms;
    const second = Math.floor(ms / 1000);
    if (second !== lastSecond) {
      lastSecond = second;
      upToSecond = `${before},"time":"${new Date(ms).toISOString().slice(0, -'000Z'.length)}`;
    }
    // Joined it is one piece; added up it would be a tree, to be walked for each line.
    last = [upToSecond, MILLISECONDS[ms - second * 1000], end].join('');
    return last;
  };
}

function textWriter(queue: LineQueue, level: LogLevel, wallMs: () => number, terminal: boolean): Writers {
  const format = textLineFormat(wantsColour(terminal));
  return {
    write: (lineLevel, message, fields) => {
      if (isWritten({ level }, lineLevel)) queue.push(format(wallMs(), lineLevel, message, fields));
    },
  };
}

function isTerminal(stream: Writable): boolean {
  return 'fd' in stream && typeof stream.fd === 'number' && isatty(stream.fd);
}
