import { Readable } from 'node:stream';
import { runCommandLine } from '../../../src/cli/command-line.js';
import { type Terminal, wantsColor } from '../../../src/cli/terminal.js';
import type { Ended } from './command.js';

/** Runs a command to its end in this process: for what touches nothing but its terminal, and costs a start each else. */
export async function runInProcess(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  let out = '';
  let error = '';
  const terminal: Terminal = {
    env,
    interactive: false,
    color: { out: wantsColor(env, false), error: wantsColor(env, false) },
    out: (text) => {
      out += `${text}\n`;
    },
    error: (text) => {
      error += `${text}\n`;
    },
    write: (bytes, written) => {
      out += bytes.toString();
      written();
    },
    input: () => Readable.from([]),
  };
  const status = await runCommandLine(args, terminal);
  return { status, out, error };
}
