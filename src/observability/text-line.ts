import { styleText } from 'node:util';
import type { LogLevel } from '../exchange/log.js';

type Level = Exclude<LogLevel, 'silent'>;

/** Writes a line for people: time, level, message, `key=value`. What came from outside cannot break the line. */
export type FormatLine = (
  wallMs: number,
  level: Level,
  message: string,
  fields: Readonly<Record<string, unknown>>,
) => string;

export function textLineFormat(coloured: boolean): FormatLine {
  const style = (format: Format, text: string): string => {
    return coloured ? styleText(format, text, { validateStream: false }) : text;
  };
  return (wallMs, level, message, fields) => {
    let line = `${style('gray', clockTime(wallMs))} ${style(LEVEL_STYLES[level], level.toUpperCase().padEnd(5))} `;
    line += level === 'error' || level === 'warn' ? style('bold', message) : message;
    for (const [name, value] of Object.entries(fields)) {
      if (value === undefined || value === null) continue;
      line += ` ${style('cyan', `${name}=`)}${fieldValue(value)}`;
    }
    return `${line}\n`;
  };
}

/** What the environment says, FORCE_COLOR before NO_COLOR, else whether it is a terminal. */
export function wantsColour(isTerminal: boolean, environment: NodeJS.ProcessEnv = process.env): boolean {
  const forced = environment.FORCE_COLOR;
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  const refused = environment.NO_COLOR;
  return isTerminal && (refused === undefined || refused === '') && environment.TERM !== 'dumb';
}

type Format = Exclude<Parameters<typeof styleText>[0], readonly unknown[]>;

const LEVEL_STYLES = {
  trace: 'gray',
  debug: 'magenta',
  info: 'green',
  warn: 'yellow',
  error: 'red',
} as const satisfies Record<Level, Format>;

/** Local time of day with milliseconds. */
function clockTime(wallMs: number): string {
  const time = new Date(wallMs);
  const two = (count: number): string => String(count).padStart(2, '0');
  const seconds = `${two(time.getSeconds())}.${String(time.getMilliseconds()).padStart(3, '0')}`;
  return `${two(time.getHours())}:${two(time.getMinutes())}:${seconds}`;
}

/** Plain where it is one visible word, else as JSON with every control character escaped. */
function fieldValue(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value === 'string' && /^[!#-<>-~]+$/.test(value)) return value;
  return asJson(value).replace(/[\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, escaped);
}

function asJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return '"[not writable]"';
  }
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
