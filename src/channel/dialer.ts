import type { Channel } from './channel.js';

/** Where a backend is. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Told once, in a later tick than the call of the dialer. */
export interface DialListener {
  /** The channel is paused and without an owner. */
  dialConnected(channel: Channel): void;
  /** With the `code` of Node's error (ECONNREFUSED, ENOTFOUND…) where there is one. */
  dialFailed(error: Error & { code?: string }): void;
}

/** Opens a connection. Returns what gives it up: idempotent, and nothing is told after it. */
export type Dialer = (address: Address, listener: DialListener) => () => void;
