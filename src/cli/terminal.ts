import type { Readable } from 'node:stream';
import { styleText } from 'node:util';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Where a command reads its surroundings and writes its lines. Tests hand in one of their own. */
export interface Terminal {
  readonly env: NodeJS.ProcessEnv;
  /** Whether standard output, and so the log's, goes to a terminal. */
  readonly interactive: boolean;
  readonly color: { readonly out: boolean; readonly error: boolean };
  /** A line, or lines, to standard output. */
  out(text: string): void;
  /** A line, or lines, to standard error. */
  error(text: string): void;
  /** Bytes to standard output as they are; `written` is called when they are out, or with what kept them. */
  write(bytes: Buffer, written: (error?: Error | null) => void): void;
  /** Standard input; not touched before it is asked for. */
  input(): Readable;
}

export function processTerminal(): Terminal {
  const { env, stdout, stderr } = process;
  // `toyou-proxy schema | head` is no defect: whoever read has seen enough.
  stdout.on('error', ignoreClosedPipe);
  stderr.on('error', ignoreClosedPipe);
  return {
    env,
    interactive: stdout.isTTY === true,
    color: { out: wantsColor(env, stdout.isTTY === true), error: wantsColor(env, stderr.isTTY === true) },
    out: (text) => void stdout.write(`${text}\n`),
    error: (text) => void stderr.write(`${text}\n`),
    write: (bytes, written) => void stdout.write(bytes, written),
    input: () => process.stdin,
  };
}

/** NO_COLOR wins over FORCE_COLOR, FORCE_COLOR over the terminal; empty ones say nothing. */
export function wantsColor(env: NodeJS.ProcessEnv, isTerminal: boolean): boolean {
  const { NO_COLOR: no, FORCE_COLOR: force } = env;
  if (no !== undefined && no !== '') return false;
  if (force !== undefined && force !== '') return force !== '0' && force !== 'false';
  return isTerminal;
}

export function paint(color: boolean, style: Style, text: string): string {
  return color ? styleText(style, text, { validateStream: false }) : text;
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
