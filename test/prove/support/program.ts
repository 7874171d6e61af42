import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

const MAX_KEPT_CHARACTERS = 64 * 1024;
const running = new Set<Program>();

/** How a program ended: with a status, or by a signal. */
export interface ProgramEnd {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ProgramOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** A group of its own, which is signalled as a whole: for programs that start others. */
  readonly group?: boolean;
}

/** Our own environment without what would change a proxy's configuration or a client's way to it. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const foreign = /^(?:TOYOU_|WEBSOCKET_|NODE_|npm_|(?:https?|all|no)_proxy$)/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

/** Something that was started and writes to its terminal; killed at the latest when this process ends. */
export class Program {
  readonly #child: ChildProcess;
  readonly #group: boolean;
  readonly #ended: Promise<ProgramEnd>;
  readonly #watchers: ((text: string) => void)[] = [];
  #output = '';
  #end: ProgramEnd | null = null;

  constructor(file: string, args: readonly string[], options: ProgramOptions = {}) {
    this.#group = options.group === true;
    this.#child = spawn(file, args, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: options.env ?? plainEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: this.#group,
    });
    running.add(this);
    const keep = (bytes: Buffer): void => {
      const text = bytes.toString('latin1');
      this.#output = (this.#output + text).slice(-MAX_KEPT_CHARACTERS);
      for (const watcher of this.#watchers) watcher(text);
    };
    this.#child.stdout?.on('data', keep);
    this.#child.stderr?.on('data', keep);
    this.#ended = once(this.#child, 'close').then(([status, signal]) => {
      running.delete(this);
      this.#end = { status, signal };
      return this.#end;
    });
    this.#ended.catch(() => running.delete(this));
  }

  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error('the program could not be started');
    return pid;
  }

  /** The last of what it wrote, on both streams. */
  get output(): string {
    return this.#output;
  }

  /** @param seen told of everything that it writes from now on */
  watch(seen: (text: string) => void): void {
    this.#watchers.push(seen);
  }

  get alive(): boolean {
    return this.#end === null;
  }

  /** Resolves with the first match in what it wrote; rejects where it ends or the time is over. */
  async wrote(pattern: RegExp, withinMs = 20_000): Promise<RegExpExecArray> {
    const untilMs = performance.now() + withinMs;
    for (;;) {
      const match = pattern.exec(this.#output);
      if (match !== null) return match;
      if (this.#end !== null || performance.now() > untilMs) {
        throw new Error(`${this.#end === null ? 'no' : 'ended without'} ${pattern} in:\n${this.#output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#end !== null) return;
    try {
      if (this.#group) process.kill(-this.pid, signal);
      else this.#child.kill(signal);
    } catch {
      // It ended in the meantime.
    }
  }

  ended(): Promise<ProgramEnd> {
    return this.#ended;
  }

  /** For `after`: kills what still runs. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.#ended;
  }
}

function killAll(): void {
  for (const program of running) program.signal('SIGKILL');
}

process.on('exit', killAll);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.once(signal, () => process.exit(1));
}
