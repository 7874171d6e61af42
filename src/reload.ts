import type { AdminChange, AdminListener } from './admin/admin-listener.js';
import type { Config } from './config/config.js';
import { type ConfigChanges, configChanges, keysForRestart } from './config/config-changes.js';
import { evenly } from './exchange/evenly.js';
import { type LongLived, REMOVED } from './forwarder/long-lived.js';
import type { ListenerChange, ListenerSet } from './listener/listener-set.js';
import { logReload } from './observability/reload-log.js';
import { buildRevision, type Revision, type RevisionParts } from './revision.js';

export interface ReloadOptions {
  /** Builds everything, changes nothing, and tells what would change. */
  readonly dryRun?: boolean;
}

/** What a reload did, or would do. */
export interface ReloadReport {
  /** `unchanged`: the configuration is the present one. */
  readonly outcome: 'applied' | 'unchanged' | 'dry-run';
  /** The number of the Revision that serves from now on; of a dry run: that would. */
  readonly revision: number;
  /** Null where nothing changed. */
  readonly changes: ConfigChanges | null;
  /** Keys that differ from what the process was started with, and hold after a restart only. */
  readonly needRestart: readonly string[];
  /** What is open on what was removed, and what becomes of it. */
  readonly onRemoved: { readonly tunnels: number; readonly eventStreams: number; readonly treatment: 'drain' | 'keep' };
}

export type ReloadResult =
  | ({ readonly ok: true } & ReloadReport)
  /** Nothing changed. `superseded`: another configuration came while this one waited for its turn. */
  | { readonly ok: false; readonly reason: 'failed' | 'draining' | 'superseded'; readonly message: string };

/** The process around a reload. */
export interface ReloadHost extends Omit<RevisionParts, 'before'> {
  readonly listeners: ListenerSet;
  readonly admin: AdminListener;
  /** True once listeners were opened: before that there are none to change. */
  listening(): boolean;
  draining(): boolean;
  present(): Revision;
  /** The swap: one assignment. */
  use(revision: Revision): void;
  /** After each that was not a dry run. */
  told(result: ReloadResult): void;
  /** Client connections that came to this port end once nothing is in flight on them. */
  drainPort(port: number): void;
}

interface Waiting {
  readonly config: Config;
  settle(result: ReloadResult): void;
}

/**
 * Goes from one configuration to the next while everything goes on. One at a time: while one runs, the last that came
 * waits, and those before it are given up.
 * 1. what is different: nothing, and all is done
 * 2. build the next Revision: changes nothing
 * 3. open the ports that are new, and the admin API's; nothing is closed yet
 * 4. swap: requests that are read from now on get the next Revision, backends follow theirs, old ports close
 * 5. what is open on what was removed is drained, or stays
 * 6. say what changed
 * A failure in 2 or 3 leaves everything as it was.
 */
export class Reloads {
  readonly #host: ReloadHost;
  readonly #started: Config;
  readonly #told = new WeakSet<LongLived>();
  #running = false;
  #waiting: Waiting | null = null;

  constructor(host: ReloadHost) {
    this.#host = host;
    this.#started = host.present().config;
  }

  run(config: Config, { dryRun = false }: ReloadOptions = {}): Promise<ReloadResult> {
    if (dryRun) return Promise.resolve(this.#dryRun(config));
    const result = new Promise<ReloadResult>((settle) => {
      this.#waiting?.settle({ ok: false, reason: 'superseded', message: 'another configuration came behind it' });
      this.#waiting = { config, settle };
    });
    if (!this.#running) void this.#runWaiting();
    return result;
  }

  /**
   * Ends what is open on what is there no more, evenly. Whoever a later reload, or another answer to a name, brings
   * back before its turn comes is left alone.
   */
  drainRemoved(): void {
    const revision = this.#host.present();
    const { reload, timeout } = revision.config.advanced;
    if (reload.removed === 'keep') return;
    const { clock, longLived } = this.#host.state;
    evenly(this.#onRemoved(revision).toReversed(), timeout.drain_timeout / 2, clock, (one) => {
      if (!longLived.has(one) || this.#host.present().keeps(one)) return;
      this.#told.add(one);
      one.drain(REMOVED);
    });
  }

  async #runWaiting(): Promise<void> {
    this.#running = true;
    for (let next = this.#waiting; next !== null; next = this.#waiting) {
      this.#waiting = null;
      const result = await this.#reload(next.config);
      logReload(this.#host.state.log, result, this.#host.present().number); // 6
      this.#host.told(result);
      next.settle(result);
    }
    this.#running = false;
  }

  async #reload(config: Config): Promise<ReloadResult> {
    const host = this.#host;
    if (host.draining()) return DRAINING;
    const changes = configChanges(host.present().config, config); // 1
    if (changes === null) return { ok: true, ...this.#report('unchanged', host.present(), null) };
    let revision: Revision;
    let listeners: ListenerChange | null = null;
    let admin: AdminChange | null = null;
    try {
      revision = buildRevision(config, { ...host, before: host.present() }); // 2
    } catch (error) {
      return failed(error);
    }
    try {
      if (host.listening()) listeners = await host.listeners.prepare(revision.ports, revision.certificates); // 3
      if (host.listening()) admin = await host.admin.prepare(config.advanced.admin);
    } catch (error) {
      listeners?.abort();
      void revision.middlewares.retire();
      return failed(error);
    }
    if (host.draining()) {
      listeners?.abort();
      void admin?.abort();
      void revision.middlewares.retire();
      return DRAINING;
    }
    host.use(revision); // 4
    listeners?.commit();
    admin?.commit();
    for (const port of listeners?.closed ?? []) host.drainPort(port);
    const report = this.#report('applied', revision, changes);
    this.drainRemoved(); // 5
    return { ok: true, ...report };
  }

  #dryRun(config: Config): ReloadResult {
    const host = this.#host;
    const changes = configChanges(host.present().config, config);
    if (changes === null) return { ok: true, ...this.#report('unchanged', host.present(), null) };
    try {
      const revision = buildRevision(config, { ...host, before: host.present() });
      const report = this.#report('dry-run', revision, changes);
      void revision.middlewares.retire();
      return { ok: true, ...report };
    } catch (error) {
      return failed(error);
    }
  }

  #report(outcome: ReloadReport['outcome'], revision: Revision, changes: ConfigChanges | null): ReloadReport {
    const removed = changes === null ? [] : this.#onRemoved(revision);
    const tunnels = removed.filter(({ exchange }) => exchange.kind === 'websocket').length;
    const treatment = revision.config.advanced.reload.removed;
    return {
      outcome,
      revision: revision.number,
      changes,
      needRestart: keysForRestart(this.#started, revision.config),
      onRemoved: { tunnels, eventStreams: removed.length - tunnels, treatment },
    };
  }

  /** What was told to end already is not counted again. */
  #onRemoved(revision: Revision): LongLived[] {
    return [...this.#host.state.longLived].filter((one) => !this.#told.has(one) && !revision.keeps(one));
  }
}

const DRAINING: ReloadResult = { ok: false, reason: 'draining', message: 'the proxy is draining' };

function failed(error: unknown): ReloadResult {
  return { ok: false, reason: 'failed', message: error instanceof Error ? error.message : String(error) };
}
