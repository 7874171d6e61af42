import type { Program } from './program.js';
import { until } from './wait.js';

/** A line of a proxy's log. */
export interface LogLine {
  readonly msg: string;
  /** In milliseconds since 1970. */
  readonly atMs: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Every line that a proxy logs as JSON from now on. */
export class LogLines {
  readonly lines: LogLine[] = [];
  #rest = '';

  constructor(program: Program) {
    program.watch((text) => this.#take(text));
  }

  all(msg: string): LogLine[] {
    return this.lines.filter((line) => line.msg === msg);
  }

  /** The first one, from this place on. */
  async wrote(what: string, is: (line: LogLine) => boolean, from = 0, withinMs = 10_000): Promise<LogLine> {
    const find = (): LogLine | undefined => this.lines.slice(from).find(is);
    await until(
      () => find() !== undefined,
      withinMs,
      () => `no line: ${what}`,
    );
    return find() as LogLine;
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('{')) continue;
      const fields = JSON.parse(line);
      this.lines.push({ msg: fields.msg, atMs: Date.parse(fields.time), fields });
    }
  }
}
