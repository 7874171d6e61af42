import { LRUCache } from 'lru-cache';
import type { Clock } from '../exchange/clock.js';

export interface AnswerLimits {
  /** How long an answer counts. */
  readonly expiryMs: number;
  /** For so long behind it an old answer serves while a new one is asked for. */
  readonly staleMs: number;
  /** Hosts that are remembered. */
  readonly maxEntries: number;
}

/** Before a host is asked for again about which there was no answer. */
const FAILURE_MS = 5000;

/** What is known of a host. */
interface Answer {
  /** Empty: the one it has already. */
  readonly service: string;
  readonly freshUntilMs: number;
  readonly usableUntilMs: number;
  /** What was told last and is not over. */
  readonly failure: string | null;
}

interface Source {
  ask(host: string): Promise<string>;
  /** Told once for each host and failure. */
  onFailure(host: string, failure: string): void;
}

/** Which service serves a host, as somebody says who takes his time: asked once at a time for each, and remembered. */
export class ServiceAnswers {
  readonly #source: Source;
  readonly #limits: AnswerLimits;
  readonly #clock: Clock;
  readonly #known: LRUCache<string, Answer>;
  /** Apart from what is known: what is forgotten may not be asked twice at once. */
  readonly #asked = new Map<string, Promise<string>>();

  constructor(source: Source, limits: AnswerLimits, clock: Clock) {
    this.#source = source;
    this.#limits = limits;
    this.#clock = clock;
    this.#known = new LRUCache({ max: limits.maxEntries });
  }

  /** @returns empty where nothing changes, also where it is not known; a promise never rejects */
  of(host: string): string | Promise<string> {
    const nowMs = this.#clock.nowMs();
    const answer = this.#known.get(host);
    if (answer === undefined || nowMs >= answer.usableUntilMs) return this.#ask(host);
    if (nowMs >= answer.freshUntilMs) void this.#ask(host);
    return answer.service;
  }

  /** There is no service of the name that was answered. */
  refuse(host: string, service: string): void {
    this.#fail(host, noService(service), null);
  }

  #ask(host: string): Promise<string> {
    let asked = this.#asked.get(host);
    if (asked === undefined) {
      asked = this.#source
        .ask(host)
        .then(
          (service) => this.#keep(host, service),
          (error) => this.#fail(host, error instanceof Error ? error.message : String(error), this.#known.peek(host)),
        )
        .finally(() => this.#asked.delete(host));
      this.#asked.set(host, asked);
    }
    return asked;
  }

  #keep(host: string, service: string): string {
    const freshUntilMs = this.#clock.nowMs() + this.#limits.expiryMs;
    // That there is no such service is not over because it is named again.
    const last = this.#known.peek(host)?.failure ?? null;
    const failure = last === noService(service) ? last : null;
    this.#known.set(host, { service, freshUntilMs, usableUntilMs: freshUntilMs + this.#limits.staleMs, failure });
    return service;
  }

  /** @param old serves on, as long as it may */
  #fail(host: string, failure: string, old: Answer | null | undefined): string {
    const nowMs = this.#clock.nowMs();
    if (this.#known.peek(host)?.failure !== failure) this.#source.onFailure(host, failure);
    const again = nowMs + FAILURE_MS;
    if (old && nowMs < old.usableUntilMs) {
      this.#known.set(host, { ...old, freshUntilMs: Math.min(again, old.usableUntilMs), failure });
      return old.service;
    }
    this.#known.set(host, { service: '', freshUntilMs: again, usableUntilMs: again, failure });
    return '';
  }
}

function noService(name: string): string {
  return `there is no service ${JSON.stringify(name.slice(0, SHOWN_CHARACTERS))}`;
}

/** For the log: what an API says may be long. */
const SHOWN_CHARACTERS = 100;
