import type { Channel } from './channel.js';
import type { TlsClient } from './tls-client.js';

/** Where a backend is. */
export interface Address {
  readonly host: string;
  readonly port: number;
  /** Of a Unix socket: host and port mean nothing then. Null or not there: TCP. */
  readonly path?: string | null;
  /** Further addresses of the same backend, tried where `host`, then an address too, cannot be reached (RFC 8305). */
  readonly others?: readonly string[];
  /** Null or not there: plain TCP. */
  readonly tls?: TlsClient | null;
}

/** With the `code` of Node's error (ECONNREFUSED, ENOTFOUND…) where there is one. */
export type DialFailure = Error & {
  code?: string;
  /** An IP address, or the path of a Unix socket. */
  address?: string;
  /** One for each address that was tried, where there were several. */
  errors?: readonly DialFailure[];
  duringTls?: true;
};

/** Told once, in a later tick than the call of the dialer. */
export interface DialListener {
  /** The channel is paused and without an owner. */
  dialConnected(channel: Channel): void;
  dialFailed(error: DialFailure): void;
}

/** Opens a connection. Returns what gives it up: idempotent, and nothing is told after it. */
export type Dialer = (address: Address, listener: DialListener) => () => void;
