import type { Log } from '../../src/exchange/log.js';

interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Keeps every line, in order. */
export class RecordingLog implements Log {
  readonly level = 'trace';
  readonly lines: LogLine[] = [];

  write(level: string, message: string, fields: Readonly<Record<string, unknown>>): void {
    this.lines.push({ level, message, fields });
  }

  /** The fields of every line with this message. */
  all(message: string): Readonly<Record<string, unknown>>[] {
    return this.lines.filter((line) => line.message === message).map(({ fields }) => fields);
  }

  /** The codes of all failures and refusals, in order. */
  get codes(): unknown[] {
    return this.lines.filter(({ fields }) => fields.code !== undefined).map(({ fields }) => fields.code);
  }
}
