import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../support/free-port.js';
import { Program } from './program.js';

const file = fileURLToPath(new URL('backend-program.js', import.meta.url));

/** A backend that can be killed, frozen and started again on its port; killed behind the test. */
export class BackendProcess {
  readonly name: string;
  readonly port: number;
  readonly #host: string;
  #program: Program;

  private constructor(name: string, port: number, host: string) {
    this.name = name;
    this.port = port;
    this.#host = host;
    this.#program = this.#begin();
  }

  /** @param host of this machine: all of 127.0.0.0/8 is */
  static async start(t: TestContext, name: string, port?: number, host = '127.0.0.1'): Promise<BackendProcess> {
    const backend = new BackendProcess(name, port ?? (await freePort()), host);
    t.after(() => backend.#program.kill());
    await backend.#program.wrote(/listening/);
    return backend;
  }

  get url(): string {
    return `http://${this.#host}:${this.port}`;
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
    return new Program(process.execPath, [file, String(this.port), this.name, this.#host]);
  }
}
