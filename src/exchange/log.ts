export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
/** The level of a line. */
export type LineLevel = Exclude<LogLevel, 'silent'>;

/** Where log lines go. Writing never blocks and never throws. */
export interface Log {
  readonly level: LogLevel;
  write(level: LineLevel, message: string, fields: Readonly<Record<string, unknown>>): void;
  /** For lines that come with each request. Where it is not there, `write` gets the same fields. */
  lineWriter?(level: LineLevel, message: string): LineWriter;
}

/**
 * Writes a line of one level and message.
 * @param nowMs on the process's growing clock: lines of one of its milliseconds may say the same time
 */
export type LineWriter = (members: LineMembers, nowMs: number) => void;

/** What a line says besides its level, time and message. Does not change; put together once it is written. */
export interface LineMembers {
  /** Members of a JSON object, one or more: `"path":"/","status":200`. Never throws. */
  text(): string;
}

export const silentLog: Log = { level: 'silent', write: () => {} };

const RANKS: Readonly<Record<LogLevel, number>> = { trace: 0, debug: 1, info: 2, warn: 3, error: 4, silent: 5 };

/** Whether a line of this level is written at all: putting one together for nobody costs more than the rest. */
export function isWritten(log: Pick<Log, 'level'>, level: LogLevel): boolean {
  return RANKS[level] >= RANKS[log.level];
}

/** Writes such lines, whether the log knows how or not. */
export function lineWriter(log: Log, level: LineLevel, message: string): LineWriter {
  return (
    log.lineWriter?.(level, message) ?? ((members) => log.write(level, message, JSON.parse(`{${members.text()}}`)))
  );
}
