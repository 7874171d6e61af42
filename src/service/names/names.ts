import { isIP } from 'node:net';
import type { Clock } from '../../exchange/clock.js';
import { FollowedName } from './followed-name.js';
import type { NamesListener } from './names-listener.js';
import type { Place } from './places.js';
import type { NameResolver } from './resolver.js';

/** The addresses of the host names of backends. Lives in the process's state: a reload asks for no name again. */
export class Names {
  listener: NamesListener | null;
  /** How often a name came to have other addresses than before, its first ones included. */
  changes = 0;
  readonly #resolver: NameResolver;
  readonly #clock: Clock;
  readonly #followed = new Map<string, FollowedName>();
  /** Those who are told now, whoever they are by then. */
  readonly #told: NamesListener = {
    changed: (host) => {
      this.changes++;
      this.listener?.changed(host);
    },
    lookupFailed: (host, reason) => this.listener?.lookupFailed(host, reason),
    lookupRecovered: (host) => this.listener?.lookupRecovered(host),
  };

  constructor(resolver: NameResolver, clock: Clock, listener: NamesListener | null = null) {
    this.#resolver = resolver;
    this.#clock = clock;
    this.listener = listener;
  }

  /**
   * From now on these, and no others: a new one is resolved at once. IP addresses are none.
   * @param wanted how often each is resolved again, in milliseconds; 0: once
   */
  follow(wanted: ReadonlyMap<string, number>): void {
    for (const [host, followed] of this.#followed) {
      if (wanted.has(host)) continue;
      followed.stop();
      this.#followed.delete(host);
    }
    for (const [host, refreshMs] of wanted) {
      if (isIP(host) !== 0) continue;
      const followed = this.#followed.get(host);
      if (followed === undefined) this.#begin(host, refreshMs);
      else followed.refreshEvery(refreshMs);
    }
  }

  /** The backends that a name stands for by its last good answer; null before the first. An address is its own answer. */
  answerOf(host: string): readonly Place[] | null {
    if (isIP(host) !== 0) return [{ host, others: [] }];
    return this.#followed.get(host)?.places ?? null;
  }

  stop(): void {
    this.follow(new Map());
  }

  #begin(host: string, refreshMs: number): void {
    const followed = new FollowedName(host, refreshMs, this.#resolver, this.#clock, this.#told);
    this.#followed.set(host, followed);
    followed.lookUp();
  }
}
