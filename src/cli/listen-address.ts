import { isIP } from 'node:net';
import { UsageError } from './usage-error.js';

export interface ListenAddress {
  /** An IP address without brackets; undefined: all addresses. */
  readonly host: string | undefined;
  readonly port: number;
}

/**
 * Reads `8080`, `:8080`, `127.0.0.1:8080`, `localhost:8080`, `[::1]:8080`.
 * @throws UsageError for anything else
 */
export function parseListenAddress(text: string, option: string): ListenAddress {
  const match = /^(?:(?:\[(?<v6>[^\]]*)\]|(?<name>[^:[\]]*)):)?(?<port>\d+)$/.exec(text);
  const port = parsePort(match?.groups?.port ?? '');
  if (match === null || port === undefined) throw unreadable(text, option);
  const { v6, name } = match.groups ?? {};
  if (v6 !== undefined) {
    if (isIP(v6) !== 6) throw unreadable(text, option);
    return { host: v6, port };
  }
  if (name === undefined || name === '' || name === '*') return { host: undefined, port };
  const host = name === 'localhost' ? '127.0.0.1' : name;
  if (isIP(host) !== 4) throw unreadable(text, option);
  return { host, port };
}

/** A port number from 0 (any free one) to 65535, else undefined. */
export function parsePort(text: string): number | undefined {
  if (!/^\d{1,5}$/.test(text)) return undefined;
  const port = Number(text);
  return port <= 65_535 ? port : undefined;
}

/**
 * The value of a port option, where it stands.
 * @throws UsageError where it is no port
 */
export function readPortOption(text: string | undefined, option = '--port'): number | undefined {
  if (text === undefined) return undefined;
  const port = parsePort(text);
  if (port === undefined) throw new UsageError(`${option} takes a number from 0 to 65535, not "${text}"`);
  return port;
}

/** `127.0.0.1:80`, `[::1]:80`. */
export function formatAddress(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function unreadable(text: string, option: string): UsageError {
  return new UsageError(`${option} takes an address such as :8080, 127.0.0.1:8080 or [::1]:8080, not "${text}"`);
}
