import { formatProblem } from '../config/format-problems.js';
import type { LoadResult } from '../config/load-config.js';
import { systemClock } from '../exchange/clock.js';
import type { Log } from '../exchange/log.js';
import type { ReverseProxy } from '../proxy.js';
import { ConfigWatch } from './config-watch.js';
import { reportProblems } from './configuration.js';
import type { Terminal } from './terminal.js';

/** Where a reload gets its configuration. */
export interface ReloadSource {
  load(): LoadResult;
  /** Null: only SIGHUP reloads. Else the files and directories whose change does, too. */
  readonly watched: (() => readonly string[]) | null;
}

/**
 * Has a proxy reload on SIGHUP, and where its files change. Listens from the beginning, before the configuration is
 * read for the first time: what happens until the proxy runs is made up for then.
 */
export class ReloadTriggers {
  readonly #source: ReloadSource;
  readonly #watch: ConfigWatch | null;
  #reload: (() => void) | null = null;
  #due = false;

  constructor(source: ReloadSource) {
    this.#source = source;
    this.#watch = source.watched === null ? null : new ConfigWatch(source.watched, systemClock, this.#triggered);
    process.on('SIGHUP', this.#triggered);
  }

  /** From now on there is a proxy to reload. */
  begin(proxy: ReverseProxy, log: Log, terminal: Terminal): void {
    this.#reload = () => {
      const loaded = this.#source.load();
      this.#watch?.renew();
      reportProblems(loaded, terminal);
      if (loaded.ok) {
        void proxy.reload(loaded.config);
        return;
      }
      const errors = loaded.errors.map((problem) => formatProblem(problem));
      log.write('error', 'reload refused: nothing changed', { errors });
    };
    // What was loaded may name files, certificates say, that nobody knew of before.
    this.#watch?.renew();
    if (this.#due) this.#reload();
  }

  /** SIGHUP is still not what it is by default: it would end a process that is about to end in good order. */
  close(): void {
    this.#watch?.close();
    this.#reload = () => {};
  }

  readonly #triggered = (): void => {
    if (this.#reload === null) this.#due = true;
    else this.#reload();
  };
}
