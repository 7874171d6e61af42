import type { Destination } from '../wire.js';

/** What the load does to a proxy. */
export type Scenario =
  | { readonly kind: 'http'; readonly path: string; readonly bodyBytes: number; readonly connections: number }
  | { readonly kind: 'websocket-open'; readonly connections: number }
  | { readonly kind: 'websocket-echo'; readonly payloadBytes: number; readonly connections: number }
  | { readonly kind: 'websocket-idle'; readonly connections: number }
  | { readonly kind: 'websocket-ping'; readonly connections: number }
  | { readonly kind: 'tls-handshake'; readonly resumed: boolean; readonly connections: number };

/** What one run came to. `failures` counts wrong answers, resets, early ends, and what was never answered. */
export interface RunReport {
  readonly completed: number;
  readonly failures: number;
  readonly firstFailure: string;
  readonly elapsedMs: number;
  /** The 99th percentile of the operations' times, where they were taken. */
  readonly p99Ms?: number;
}

/** A kind of load. `run` may be called several times between `prepare` and `finish`. */
export interface Load {
  /** Opens what is to be open before anything is measured. */
  prepare(): Promise<void>;
  /** Does `count` operations, or as many as it begins within `limitMs`. */
  run(count: number, limitMs: number): Promise<RunReport>;
  /** Closes everything; rejects where something that should have lasted had ended. */
  finish(): Promise<void>;
}

export type LoadCommand =
  | { readonly kind: 'prepare'; readonly scenario: Scenario; readonly destination: Destination }
  | { readonly kind: 'run'; readonly count: number; readonly limitMs: number }
  | { readonly kind: 'finish' };

/** The load process answers each command with exactly one of these. */
export type LoadReply =
  | { readonly kind: 'done'; readonly report?: RunReport }
  | { readonly kind: 'failed'; readonly reason: string };
