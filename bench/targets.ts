import type { PeerId } from './peers/peer.js';

/** Our cost in a row is to be at most this many times a peer's; with ourselves as the peer: at most so much. */
export interface Target {
  readonly row: string;
  readonly peer: PeerId;
  readonly atMost: number;
  /** Then it is what ours may be more than the peer's, in the row's unit. */
  readonly isDifference?: true;
}

export const targets: readonly Target[] = [
  { row: 'http-small', peer: 'nginx', atMost: 1.6 },
  { row: 'http-small', peer: 'http-proxy', atMost: 0.35 },
  { row: 'http-16k', peer: 'nginx', atMost: 1.2 },
  { row: 'http-16k', peer: 'http-proxy', atMost: 0.35 },
  { row: 'websocket-opened', peer: 'toyou-proxy', atMost: 200 },
  { row: 'websocket-idle', peer: 'toyou-proxy', atMost: 16 },
  { row: 'websocket-64', peer: 'nginx', atMost: 1.6 },
  { row: 'policy-64', peer: 'toyou-proxy', atMost: 1.05 },
  { row: 'policy-64k', peer: 'toyou-proxy', atMost: 1.05 },
  { row: 'policy-1m', peer: 'toyou-proxy', atMost: 1.05 },
  { row: 'policy-opened', peer: 'toyou-proxy', atMost: 1.05 },
  { row: 'policy-idle', peer: 'toyou-policy', atMost: 16 },
  { row: 'websocket-64', peer: 'http-proxy', atMost: 0.85 },
  { row: 'websocket-64', peer: 'httpxy', atMost: 0.85 },
  { row: 'websocket-64k', peer: 'nginx', atMost: 0.4 },
  { row: 'websocket-64k', peer: 'nginx-256k', atMost: 1.3 },
  { row: 'websocket-64k', peer: 'http-proxy', atMost: 0.5 },
  { row: 'websocket-64k', peer: 'httpxy', atMost: 0.5 },
  { row: 'websocket-1m', peer: 'nginx', atMost: 0.5 },
  { row: 'websocket-1m', peer: 'nginx-256k', atMost: 1.4 },
  { row: 'websocket-1m', peer: 'http-proxy', atMost: 0.5 },
  { row: 'websocket-1m', peer: 'httpxy', atMost: 0.5 },
  { row: 'middlewares', peer: 'toyou-proxy', atMost: 6, isDifference: true },
  { row: 'middlewares-elsewhere', peer: 'toyou-proxy', atMost: 1.03 },
  { row: 'wss-64', peer: 'nginx', atMost: 1.6 },
  { row: 'wss-64k', peer: 'nginx', atMost: 1 },
];
