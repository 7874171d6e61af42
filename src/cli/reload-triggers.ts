import { formatProblem } from '../config/format-problems.js';
import type { LoadResult } from '../config/load-config.js';
import { systemClock } from '../exchange/clock.js';
import type { Log } from '../exchange/log.js';
import type { ReloadFromFiles } from '../options.js';
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
 * Has a proxy reload on SIGHUP, where its files change, and by the admin API. Listens from the beginning, before the
 * configuration is read for the first time: what happens until the proxy runs is made up for then.
 */
export class ReloadTriggers {
  readonly #source: ReloadSource;
  readonly #watch: ConfigWatch | null;
  #reload: ReloadFromFiles | null = null;
  #over = false;
  #due = false;

  constructor(source: ReloadSource) {
    this.#source = source;
    this.#watch = source.watched === null ? null : new ConfigWatch(source.watched, systemClock, this.#triggered);
    process.on('SIGHUP', this.#triggered);
  }

  /** From now on there is a proxy to reload. */
  begin(proxy: ReverseProxy, log: Log, terminal: Terminal): void {
    this.#reload = async (dryRun) => {
      const loaded = this.#source.load();
      const { warnings } = loaded;
      if (!dryRun) {
        this.#watch?.renew();
        reportProblems(loaded, terminal);
      }
      if (loaded.ok) {
        const result = await proxy.reload(loaded.config, { dryRun });
        return result.ok ? { ...result, warnings } : { ...result, errors: [], warnings };
      }
      const { errors } = loaded;
      if (!dryRun) {
        proxy.wings.numbers.reloads.count('refused');
        log.write('error', 'reload refused: nothing changed', {
          errors: errors.map((problem) => formatProblem(problem)),
        });
      }
      return { ok: false, reason: 'refused', message: 'the configuration has errors', errors, warnings };
    };
    // What was loaded may name files, certificates say, that nobody knew of before.
    this.#watch?.renew();
    if (this.#due) void this.#reload(false);
  }

  /** For the admin API, which asks only once there is a proxy. */
  readonly fromFiles: ReloadFromFiles = async (dryRun) => {
    const answer = this.#over ? undefined : await this.#reload?.(dryRun);
    if (answer !== undefined) return answer;
    return { ok: false, reason: 'draining', message: 'the proxy is not running', errors: [], warnings: [] };
  };

  /** SIGHUP is still not what it is by default: it would end a process that is about to end in good order. */
  close(): void {
    this.#watch?.close();
    this.#over = true;
  }

  readonly #triggered = (): void => {
    if (this.#over) return;
    if (this.#reload === null) this.#due = true;
    else void this.#reload(false);
  };
}
