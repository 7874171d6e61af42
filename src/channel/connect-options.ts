import net from 'node:net';
import type { Address } from './dialer.js';

/**
 * For how long one of several addresses is tried before the next. Node gives an attempt up then, where RFC 8305 would
 * let it race on: with Node's 250 ms no backend further away than that would ever be reached by its first address. A
 * refusal moves on at once.
 */
const ATTEMPT_TIMEOUT_MS = 1000;

/** Where a socket of Node's connects to. */
export type ConnectOptions =
  | { readonly path: string }
  | (Pick<net.TcpSocketConnectOpts, 'host' | 'port' | 'lookup' | 'autoSelectFamily'> & {
      readonly autoSelectFamilyAttemptTimeout?: number;
    });

/** The same address in Node's words. */
export function connectOptions({ host, port, path, others }: Address): ConnectOptions {
  if (path) return { path };
  if (others === undefined || others.length === 0) return { host, port };
  return {
    // A word that is no address: of an address Node would not ask `lookup`.
    host: 'backend',
    port,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: ATTEMPT_TIMEOUT_MS,
    lookup: (_name, _options, found) => found(null, [host, ...others].map(asFound)),
  };
}

function asFound(address: string): { address: string; family: number } {
  return { address, family: net.isIP(address) };
}
