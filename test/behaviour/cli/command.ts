import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { root } from '../../unit/house/tree.js';

export interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly error: string;
}

interface Surroundings {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** What it reads on its standard input. Without it: nothing, and its end. */
  readonly input?: string | Buffer;
  /** That input does not end. */
  readonly open?: true;
}

const SURROUNDINGS = ['PATH', 'HOME', 'TMPDIR', 'SystemRoot'];

/** A command of `dist/cli/main.js` that runs. Its environment is that of nobody but the test. */
export class RunningCommand {
  out = '';
  error = '';
  readonly #child: ChildProcess;
  readonly #ended: Promise<Ended>;
  #over = false;

  constructor(args: readonly string[], options: Surroundings = {}) {
    const kept = Object.fromEntries(SURROUNDINGS.map((name) => [name, process.env[name]]));
    this.#child = spawn(process.execPath, [join(root, 'dist/cli/main.js'), ...args], {
      cwd: options.cwd ?? root,
      env: { ...kept, ...options.env },
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    const { stdin } = this.#child;
    // It may be gone before it has read all.
    stdin?.on('error', () => {});
    if (options.input !== undefined) stdin?.write(options.input);
    if (options.open !== true) stdin?.end();
    this.#child.stdout?.on('data', (text) => {
      this.out += text;
    });
    this.#child.stderr?.on('data', (text) => {
      this.error += text;
    });
    this.#ended = once(this.#child, 'close').then(([status]) => {
      this.#over = true;
      return { status, out: this.out, error: this.error };
    });
  }

  /** Resolves with the first match in what was written so far or comes; rejects where the command ends before. */
  async seen(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.out) ?? pattern.exec(this.error);
      if (match !== null) return match;
      if (this.#over) throw new Error(`ended without ${pattern}:\n${this.out}${this.error}`);
      const abort = new AbortController();
      const { signal } = abort;
      const more = [this.#child.stdout, this.#child.stderr].map((stream) => stream && once(stream, 'data', { signal }));
      await Promise.race([...more.map((wait) => wait?.catch(() => {})), this.#ended]);
      abort.abort();
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  ended(): Promise<Ended> {
    return this.#ended;
  }

  /** For `after`: whatever a test left running. */
  kill(): void {
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL');
  }
}

/** Runs a command to its end. */
export function runCommand(args: readonly string[], options: Surroundings = {}): Promise<Ended> {
  return new RunningCommand(args, options).ended();
}
