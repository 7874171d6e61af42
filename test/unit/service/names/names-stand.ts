import { Names } from '../../../../src/service/names/names.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { turn } from '../../../support/turns.js';

interface Question {
  readonly host: string;
  readonly answer: (addresses: readonly string[]) => void;
  readonly fail: (error: unknown) => void;
}

/** Names whose resolver answers when the test says so. */
export class NamesStand {
  readonly clock = new ManualClock();
  /** Everything that was asked, in order. */
  readonly questions: Question[] = [];
  /** What the listener was told since it was last taken. */
  readonly #told: string[] = [];
  readonly names = new Names(
    (host) => new Promise((answer, fail) => this.questions.push({ host, answer, fail })),
    this.clock,
    {
      changed: (host) => this.#told.push(`changed ${host}`),
      lookupFailed: (host, reason) => this.#told.push(`failed ${host}: ${reason}`),
      lookupRecovered: (host) => this.#told.push(`recovered ${host}`),
    },
  );

  follow(wanted: Readonly<Record<string, number>>): void {
    this.names.follow(new Map(Object.entries(wanted)));
  }

  /** To the last question, or another. */
  async answer(addresses: readonly string[], index = this.questions.length - 1): Promise<void> {
    this.questions[index]?.answer(addresses);
    await turn();
  }

  async fail(reason: string, index = this.questions.length - 1): Promise<void> {
    this.questions[index]?.fail(new Error(reason));
    await turn();
  }

  /** How many were asked. */
  get asked(): number {
    return this.questions.length;
  }

  takeTold(): string[] {
    return this.#told.splice(0);
  }

  hostsOf(host: string): string[] | null {
    return this.names.answerOf(host)?.map((place) => place.host) ?? null;
  }
}
