import { isHostAndPort } from './authority.js';

/** Where a page came from (RFC 6454), taken apart. */
export interface Origin {
  /** In lower case. */
  readonly scheme: string;
  /** In lower case, IPv6 in brackets; empty for schemes that have none (`file://`). */
  readonly host: string;
  /** The scheme's own where none is written; null where it has none. */
  readonly port: number | null;
}

/** Ports that a browser leaves out. */
const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443, ws: 80, wss: 443 };

/** Reads an Origin as browsers write it: no path, no blank, no user; null for everything else, `null` too. */
export function parseOrigin(text: string): Origin | null {
  const [, scheme, authority] = /^([a-z][a-z0-9+.-]*):\/\/([^/?#@\s]*)$/i.exec(text) ?? [];
  if (scheme === undefined || authority === undefined) return null;
  const lower = scheme.toLowerCase();
  if (authority === '') return Object.hasOwn(DEFAULT_PORTS, lower) ? null : { scheme: lower, host: '', port: null };
  const parts = parseAuthority(authority);
  if (parts === null) return null;
  return { scheme: lower, host: parts.host, port: parts.port ?? defaultPortOf(lower) };
}

/** A host with a port that may be missing, in lower case; null where it is none. */
export function parseAuthority(text: string): { readonly host: string; readonly port: number | null } | null {
  if (!isHostAndPort(text)) return null;
  const [, host = '', port] = /^(.*?)(?::(\d+))?$/.exec(text.toLowerCase()) ?? [];
  // An IPv6 address has colons of its own, within its brackets.
  if (text.endsWith(']')) return { host: text.toLowerCase(), port: null };
  return { host, port: port === undefined ? null : Number(port) };
}

export function defaultPortOf(scheme: string): number | null {
  return DEFAULT_PORTS[scheme] ?? null;
}
