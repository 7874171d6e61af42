import { isIP } from 'node:net';

/** An address to listen on. */
export interface ListenAddress {
  /** An IP address without brackets; undefined: all addresses. */
  readonly host: string | undefined;
  readonly port: number;
}

/** Reads `8080`, `:8080`, `127.0.0.1:8080`, `localhost:8080`, `[::1]:8080`; undefined for anything else. */
export function readListenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:(?:\[(?<v6>[^\]]*)\]|(?<name>[^:[\]]*)):)?(?<port>\d+)$/.exec(text);
  const port = readPort(match?.groups?.port ?? '');
  if (match === null || port === undefined) return undefined;
  const { v6, name } = match.groups ?? {};
  if (v6 !== undefined) return isIP(v6) === 6 ? { host: v6, port } : undefined;
  if (name === undefined || name === '' || name === '*') return { host: undefined, port };
  const host = name === 'localhost' ? '127.0.0.1' : name;
  return isIP(host) === 4 ? { host, port } : undefined;
}

/** A port number from 0 (any free one) to 65535, else undefined. */
export function readPort(text: string): number | undefined {
  if (!/^\d{1,5}$/.test(text)) return undefined;
  const port = Number(text);
  return port <= 65_535 ? port : undefined;
}

/** `127.0.0.1:80`, `[::1]:80`. */
export function formatAddress(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Whether only programs of this machine reach it. */
export function isLoopback(host: string | undefined): boolean {
  if (host === undefined) return false;
  const plain = host.replace(/^::ffff:/i, '');
  // A name may begin like an address: 127.0.0.1.example.com.
  return host === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'));
}
