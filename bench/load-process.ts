import { fileURLToPath } from 'node:url';
import { Child } from './child.js';
import type { LoadCommand, LoadReply, RunReport, Scenario } from './load/scenario.js';
import type { Destination } from './wire.js';

/** Far above what any command takes: runs have limits of their own. */
const REPLY_TIMEOUT_MS = 90_000;

/** The load's process seen from here: one command at a time. */
export class LoadProcess {
  readonly #child: Child;

  constructor(core: number | undefined) {
    const entry = fileURLToPath(new URL('./load/main.js', import.meta.url));
    this.#child = new Child({ name: 'load', command: process.execPath, args: [entry], core, talks: true });
  }

  async prepare(scenario: Scenario, destination: Destination): Promise<void> {
    await this.#send({ kind: 'prepare', scenario, destination });
  }

  /** Rejects where a single operation failed: costs of failures are not costs of work. */
  async run(count: number, limitMs: number): Promise<RunReport> {
    const { report } = await this.#send({ kind: 'run', count, limitMs });
    if (report === undefined) throw new Error('the load gave no report');
    if (report.failures > 0) {
      const all = report.failures + report.completed;
      throw new Error(`${report.failures} of ${all} operations failed, the first with: ${report.firstFailure}`);
    }
    return report;
  }

  async finish(): Promise<void> {
    await this.#send({ kind: 'finish' });
  }

  async #send(command: LoadCommand): Promise<Extract<LoadReply, { kind: 'done' }>> {
    this.#child.assertRunning();
    const process = this.#child.process;
    const reply = await new Promise<LoadReply>((resolve, reject) => {
      const settle = (then: () => void): void => {
        clearTimeout(timer);
        process.off('message', answered).off('exit', ended);
        then();
      };
      const answered = (message: unknown): void => settle(() => resolve(message as LoadReply));
      const ended = (): void => settle(() => reject(new Error(this.#child.describe())));
      const timer = setTimeout(() => settle(() => reject(new Error('the load gave no reply'))), REPLY_TIMEOUT_MS);
      process.on('message', answered).on('exit', ended);
      process.send(command);
    });
    if (reply.kind === 'failed') throw new Error(reply.reason);
    return reply;
  }
}
