import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isLoopback } from '../config/listen-address.js';
import { Problem } from './answer.js';

/** Where the API is reached, and what it asks for. */
export interface Gate {
  /** The address it listens on; undefined: all addresses. */
  readonly host: string | undefined;
  /** Empty: none is asked for. */
  readonly token: string;
}

/**
 * Whether a request comes from a program that means this API, and not from a page that a browser was led to:
 * - a page of another site cannot ask (Origin, Fetch Metadata)
 * - a name that an attacker's DNS points here is none of ours (Host); whoever has the token needs no name
 * @throws Problem where it does not
 */
export function guardOrigin(request: IncomingMessage, gate: Gate): void {
  const { host = '', origin, 'sec-fetch-site': site } = request.headers;
  if (origin !== undefined && origin !== `http://${host}`) throw new Problem(403, 'asked by a page of another origin');
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    throw new Problem(403, 'asked by a page of another site');
  }
  if (gate.token !== '' && isShown(request, gate.token)) return;
  if (!isOwnName(host, gate, request.socket.localAddress)) {
    throw new Problem(421, 'Host names neither loopback nor the address that is listened on');
  }
}

/** @throws Problem where a token is asked for and not shown */
export function guardToken(request: IncomingMessage, { token }: Gate): void {
  if (token === '' || isShown(request, token)) return;
  const challenge = { 'WWW-Authenticate': 'Bearer realm="toyou-proxy"' };
  throw new Problem(401, 'the token is missing or wrong: Authorization: Bearer <token>', {}, challenge);
}

/** Digests are as long as each other, whatever was sent: the comparison takes the same time. */
function isShown(request: IncomingMessage, token: string): boolean {
  const [, shown = ''] = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  return timingSafeEqual(digest(shown), digest(token));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function isOwnName(host: string, gate: Gate, localAddress: string | undefined): boolean {
  const name = normalName(host);
  if (name === undefined) return false;
  const own = [gate.host, localAddress?.replace(/^::ffff:/i, '')].filter((address) => address !== undefined);
  return name === 'localhost' || isLoopback(name) || own.some((address) => normalName(bracketed(address)) === name);
}

/** Of a Host field, without its port and its brackets, addresses in one spelling; undefined: it is none. */
function normalName(host: string): string | undefined {
  if (!/^(?:\[[\da-f:.]+\]|[\w.-]+)(?::\d{0,5})?$/i.test(host)) return undefined;
  const url = URL.canParse(`http://${host}`) ? new URL(`http://${host}`) : undefined;
  return url?.hostname.replace(/^\[|\]$|\.$/g, '');
}

function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
