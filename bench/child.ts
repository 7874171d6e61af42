import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const KEPT_OUTPUT_CHARS = 4000;
const STOP_TIMEOUT_MS = 1000;

export interface ChildCommand {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Pinned to this core with taskset; unpinned where undefined. */
  readonly core?: number | undefined;
  /** Whether it talks to us, and so can end itself when we are gone. */
  readonly talks?: boolean;
}

const live = new Set<Child>();
const folders = new Set<string>();

/** A process of ours, with its own process group, that never outlives us. */
export class Child {
  readonly name: string;
  readonly process: ChildProcess;
  readonly #exited: Promise<void>;
  #output = '';

  constructor({ name, command, args, core, talks = false }: ChildCommand) {
    this.name = name;
    const stdio: StdioOptions = talks ? ['ignore', 'pipe', 'pipe', 'ipc'] : ['ignore', 'pipe', 'pipe'];
    this.process =
      core === undefined
        ? spawn(command, args, { stdio, detached: true })
        : spawn('taskset', ['-c', String(core), command, ...args], { stdio, detached: true });
    live.add(this);
    this.#exited = new Promise((resolve) => {
      const ended = (): void => {
        live.delete(this);
        resolve();
      };
      this.process.once('exit', ended);
      this.process.on('error', (error) => {
        this.#keep(error.message);
        ended();
      });
    });
    this.process.stdout?.on('data', (text: Buffer) => this.#keep(text.toString()));
    this.process.stderr?.on('data', (text: Buffer) => this.#keep(text.toString()));
  }

  get pid(): number {
    if (this.process.pid === undefined) throw new Error(`${this.name} did not start: ${this.#output}`);
    return this.process.pid;
  }

  /** Throws, with what it wrote last, where it is not running any more. */
  assertRunning(): void {
    if (!live.has(this)) throw new Error(this.describe());
  }

  /** For an error message: whether it lives, and what it wrote last. */
  describe(): string {
    const end = this.process.exitCode ?? this.process.signalCode;
    const state = live.has(this) ? 'is running' : `has ended (${end})`;
    return `${this.name} ${state}${this.#output === '' ? '' : ` and wrote:\n${this.#output.trim()}`}`;
  }

  /** Asks the whole group to end, and makes it. */
  async stop(): Promise<void> {
    this.signal('SIGTERM');
    const patience = setTimeout(() => this.signal('SIGKILL'), STOP_TIMEOUT_MS);
    await this.#exited;
    clearTimeout(patience);
    this.signal('SIGKILL'); // what it may have left behind
  }

  signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    if (this.process.pid === undefined) return;
    try {
      process.kill(-this.process.pid, signal);
    } catch {
      // the group has ended already
    }
  }

  #keep(text: string): void {
    this.#output = (this.#output + text).slice(-KEPT_OUTPUT_CHARS);
  }
}

export async function stopAll(): Promise<void> {
  await Promise.all([...live].map((child) => child.stop()));
}

/** A folder that is removed when we exit. */
export function makeTemporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'toyou-bench-'));
  folders.add(folder);
  return folder;
}

/** Ends what is left, on every way out but SIGKILL: returning, throwing, and the signals named here. */
export function cleanUpOnExit(): void {
  process.once('exit', () => {
    for (const child of live) child.signal('SIGKILL');
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
    ['SIGHUP', 1],
  ] as const) {
    process.once(signal, () => process.exit(128 + number));
  }
}
