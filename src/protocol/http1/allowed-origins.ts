import { type Origin, parseOrigin } from './origin.js';

/** Says whether the value of an Origin field is one of a list. */
export type AllowedOrigins = (value: string) => boolean;

/**
 * Compiles a list of patterns: an origin, compared by scheme, host and port; `https://*.example.com` for every host
 * below, however deep, and not `example.com` itself; `*` for every origin but `null`; `null` for that.
 * @param patterns each without fault by {@link originPatternFault}
 */
export function compileAllowedOrigins(patterns: readonly string[]): AllowedOrigins {
  const all = patterns.includes('*');
  const opaque = patterns.includes('null');
  const exact = new Set<string>();
  const below: Origin[] = [];
  for (const pattern of patterns) {
    const origin = parseOrigin(pattern.replace(WILDCARD, '$1'));
    if (origin === null) continue;
    if (WILDCARD.test(pattern)) below.push({ ...origin, host: `.${origin.host}` });
    else exact.add(keyOf(origin));
  }
  return (value) => {
    if (value === 'null') return opaque;
    if (all) return true;
    const origin = parseOrigin(value);
    if (origin === null) return false;
    return exact.has(keyOf(origin)) || below.some((pattern) => isBelow(origin, pattern));
  };
}

/** What is wrong with a pattern, and what was probably meant; null where nothing is. */
export function originPatternFault(pattern: string): { readonly message: string; readonly suggestion?: string } | null {
  if (pattern === '*' || pattern === 'null') return null;
  const trimmed = pattern.trim().replace(/\/+$/, '');
  if (!pattern.includes('://')) {
    const near = `https://${trimmed}`;
    const message = 'an origin has a scheme: "https://app.example.com", "https://*.example.com", "*" or "null"';
    return { message, ...(originPatternFault(near) === null ? { suggestion: near } : {}) };
  }
  if (/^wss?:/i.test(pattern)) {
    const suggestion = trimmed.replace(/^ws/i, 'http');
    return { message: 'the Origin is that of the page: http or https, never ws or wss', suggestion };
  }
  if (parseOrigin(pattern.replace(WILDCARD, '$1')) !== null) return null;
  if (trimmed !== pattern && originPatternFault(trimmed) === null) {
    return { message: 'an origin has no path and ends without a slash', suggestion: trimmed };
  }
  if (pattern.includes('*')) {
    return { message: '"*" stands alone, or for the labels before a domain, as in "https://*.example.com"' };
  }
  const near = URL.canParse(trimmed) ? new URL(trimmed).origin : 'null';
  return { message: 'expected scheme, host and port of a page', ...(near === 'null' ? {} : { suggestion: near }) };
}

const WILDCARD = /^([a-z][a-z0-9+.-]*:\/\/)\*\.(?=[^.*])/i;

function keyOf({ scheme, host, port }: Origin): string {
  return `${scheme}://${host}:${port}`;
}

/** By whole labels, of which none is empty. */
function isBelow({ scheme, host, port }: Origin, pattern: Origin): boolean {
  if (scheme !== pattern.scheme || port !== pattern.port || !host.endsWith(pattern.host)) return false;
  const labels = host.substring(0, host.length - pattern.host.length);
  return labels !== '' && !labels.split('.').includes('');
}
