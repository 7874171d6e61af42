import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../support/free-port.js';
import { Program } from './program.js';

const file = fileURLToPath(new URL('backend-program.js', import.meta.url));

/** A backend that can be killed, frozen and started again on its port; killed behind the test. */
export class BackendProcess {
  readonly name: string;
  readonly port: number;
  #program: Program;

  private constructor(name: string, port: number) {
    this.name = name;
    this.port = port;
    this.#program = this.#begin();
  }

  static async start(t: TestContext, name: string): Promise<BackendProcess> {
    const backend = new BackendProcess(name, await freePort());
    t.after(() => backend.#program.kill());
    await backend.#program.wrote(/listening/);
    return backend;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  signal(signal: NodeJS.Signals): void {
    this.#program.signal(signal);
  }

  /** @returns how it ended */
  async ended(): Promise<string> {
    const { status, signal } = await this.#program.ended();
    return signal ?? `status ${status}`;
  }

  /** Once it has ended; resolves when it listens. */
  async startAgain(): Promise<void> {
    this.#program = this.#begin();
    await this.#program.wrote(/listening/);
  }

  #begin(): Program {
    return new Program(process.execPath, [file, String(this.port), this.name]);
  }
}
