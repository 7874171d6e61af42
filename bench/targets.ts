import type { PeerId } from './peers/peer.js';

/** Our cost in a row is to be at most this many times a peer's. */
export interface Target {
  readonly row: string;
  readonly peer: PeerId;
  readonly atMost: number;
}

export const targets: readonly Target[] = [
  { row: 'http-small', peer: 'nginx', atMost: 2 },
  { row: 'http-small', peer: 'http-proxy', atMost: 0.35 },
  { row: 'http-16k', peer: 'nginx', atMost: 1.5 },
  { row: 'http-16k', peer: 'http-proxy', atMost: 0.35 },
];
