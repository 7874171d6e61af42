import type { Certificate } from '../certificate.js';

export type PeerId =
  | 'toyou-proxy'
  | 'toyou-policy'
  | 'toyou-ping'
  | 'toyou-middlewares'
  | 'toyou-elsewhere'
  | 'nginx'
  | 'nginx-256k'
  | 'haproxy'
  | 'http-proxy'
  | 'httpxy';

/** What a peer is started with. */
export interface LaunchPlan {
  /** Where it is to listen, on 127.0.0.1. */
  readonly port: number;
  /** Where it is to listen for TLS, if it can. */
  readonly tlsPort: number;
  readonly certificate: Certificate;
  readonly backendPort: number;
  /** A folder of its own for its configuration, removed afterwards. */
  readonly folder: string;
}

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  /** Whether it takes an IPC channel, and ends when that does. */
  readonly talks?: boolean;
}

/** A proxy that is measured. */
export interface Peer {
  readonly id: PeerId;
  /** The version, or what to do where it is not installed. */
  find(): { readonly version: string } | { readonly missing: string };
  /** Writes what it needs into the folder and says how to start it. */
  launch(plan: LaunchPlan): Launch;
}
