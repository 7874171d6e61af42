import { tlsVariant } from './tls-variant.js';

/** Text of the wire with everything that is random replaced: our pseudonym by `PSEUDONYM`, ids by `ID`. */
export function plain(text: string): string {
  return text
    .replace(/toyou-proxy-[0-9a-f]{8}/g, 'PSEUDONYM')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g, 'ID');
}

/** What clients of the stage speak. */
export const clientScheme = tlsVariant.in ? 'https' : 'http';

/** The lines that the proxy adds to every request from this machine, once {@link plain}. */
export function added(host: string, version = '1.1'): string {
  const forwarded = `X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: ${clientScheme}\r\n`;
  return `${forwarded}X-Forwarded-Host: ${host}\r\nVia: ${version} PSEUDONYM\r\nX-Request-Id: ID\r\n`;
}

/** A plain GET. */
export function get(target = '/', lines = ''): string {
  return `GET ${target} HTTP/1.1\r\nHost: a.example\r\n${lines}\r\n`;
}
