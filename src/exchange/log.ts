export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Where log lines go. Writing never blocks and never throws. */
export interface Log {
  readonly level: LogLevel;
  write(level: Exclude<LogLevel, 'silent'>, message: string, fields: Readonly<Record<string, unknown>>): void;
}

export const silentLog: Log = { level: 'silent', write: () => {} };
