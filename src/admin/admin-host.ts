import type { Log } from '../exchange/log.js';
import type { BackendOrder, BackendView, ServiceView } from '../exchange/service-view.js';
import type { Tracker } from '../tracker/tracker.js';

/** What is wrong with a configuration file, and where. */
export interface FileProblem {
  readonly file: string;
  /** From 1; 0 for what stands in no file. */
  readonly line: number;
  readonly column: number;
  readonly path: string;
  readonly message: string;
  readonly suggestion?: string;
}

/** What a reload did, or would do. */
export type ReloadAnswer =
  | {
      readonly ok: true;
      readonly outcome: string;
      readonly revision: number;
      readonly changes: object | null;
      readonly needRestart: readonly string[];
      readonly onRemoved: { readonly tunnels: number; readonly eventStreams: number; readonly treatment: string };
      readonly warnings: readonly FileProblem[];
    }
  | {
      readonly ok: false;
      readonly reason: string;
      readonly message: string;
      readonly errors: readonly FileProblem[];
      readonly warnings: readonly FileProblem[];
    };

/** The process, as far as the admin API may touch it. */
export interface AdminHost {
  readonly tracker: Tracker;
  readonly log: Log;
  /** Why nobody should be sent here just now; empty: it is ready. */
  unready(): readonly string[];
  /** In Prometheus's text format. */
  metrics(): Promise<string>;
  /** Those of the configuration that serves. */
  services(): readonly ServiceView[];
  /**
   * Changes one backend, or all addresses of one.
   * @param backend the id of one, or a url as written
   * @returns them as they are then; empty: there is none; null: there is no such service
   */
  changeBackends(service: string, backend: string, order: BackendOrder): readonly BackendView[] | null;
  /** Reads the configuration again; null: it came from nowhere that could be read again. */
  reload(dryRun: boolean): Promise<ReloadAnswer> | null;
  /** Begins to end in good order. Idempotent. */
  drain(): void;
}
