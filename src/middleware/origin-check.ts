import type { Exchange } from '../exchange/exchange.js';
import { ProxyError } from '../exchange/proxy-error.js';
import { compileAllowedOrigins } from '../protocol/http1/allowed-origins.js';
import { defaultPortOf, type Origin, parseAuthority, parseOrigin } from '../protocol/http1/origin.js';

export interface OriginRules {
  /** Patterns; none: the request's own host only. */
  readonly allowed: readonly string[];
  /** Whether a request without Origin passes: no browser's. */
  readonly allowMissing: boolean;
}

/** For the log: what a client writes may be long. */
const SHOWN_CHARACTERS = 200;

/**
 * Keeps pages of others out: a browser lets every page open a WebSocket to everywhere, with the cookies of its user, and
 * says only by Origin who asks (RFC 6455 section 10.2).
 * @returns throws a ProxyError `origin-refused`
 */
export function compileOriginCheck({ allowed, allowMissing }: OriginRules): (exchange: Exchange) => void {
  const isListed = compileAllowedOrigins(allowed);
  return (exchange) => {
    const [value, another] = exchange.request.head.headers.getAll('origin');
    if (value === undefined) {
      if (!allowMissing) throw new ProxyError('origin-refused', 'no Origin (allow_missing_origin is false)');
      return;
    }
    if (another !== undefined) throw new ProxyError('origin-refused', 'more than one Origin');
    if (allowed.length > 0 ? isListed(value) : isOwn(value, exchange)) return;
    const shown = JSON.stringify(value.slice(0, SHOWN_CHARACTERS));
    const why = allowed.length > 0 ? 'is not in allowed_origins' : "is not the request's own host";
    throw new ProxyError('origin-refused', `Origin ${shown} ${why}`);
  };
}

/**
 * A page of the host that the request is for. Where TLS is known to have been spoken with the client, an unencrypted
 * page is another origin. Where it is not, somebody before us may have ended it without saying so: both schemes are
 * its own then, and a Host without port has the page's.
 */
function isOwn(value: string, exchange: Exchange): boolean {
  const origin = parseOrigin(value);
  if (origin === null || (origin.scheme !== 'http' && origin.scheme !== 'https')) return false;
  if (origin.scheme === 'http' && cameByTls(exchange)) return false;
  return hostsOf(exchange).some((host) => namesHost(origin, host));
}

function namesHost(origin: Origin, host: string): boolean {
  const own = parseAuthority(host);
  return own !== null && own.host === origin.host && (own.port ?? defaultPortOf(origin.scheme)) === origin.port;
}

function cameByTls({ client, request }: Exchange): boolean {
  const proto = client.trusted ? request.head.headers.get('x-forwarded-proto') : undefined;
  if (proto === undefined) return request.scheme === 'https';
  return /^\s*(?:https|wss)\s*(?:,|$)/i.test(proto);
}

/** As received, and as a trusted proxy received it: it may have sent another Host on. */
function hostsOf({ client, request }: Exchange): string[] {
  const forwarded = client.trusted ? request.head.headers.get('x-forwarded-host')?.split(',', 1)[0]?.trim() : undefined;
  return forwarded === undefined ? [request.facts.host] : [request.facts.host, forwarded];
}
