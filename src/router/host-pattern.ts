import type { RE2JS } from 're2js';
import { PatternError } from '../pattern/pattern-error.js';
import { compilePatternRegex } from '../pattern/pattern-regex.js';
import { hostName } from '../protocol/http1/host-name.js';

/** What a rule says of hosts. Hosts and suffixes are as {@link hostName} makes them. */
export type HostPattern =
  | { readonly kind: 'exact'; readonly host: string }
  /** Any depth below a domain, not the domain itself. `suffix` begins with its dot. */
  | { readonly kind: 'wildcard'; readonly suffix: string }
  | { readonly kind: 'regex'; readonly regex: RE2JS }
  | { readonly kind: 'any' };

/**
 * Compiles `ws.example.com`, `*.example.com`, `*`, or `~` and a regular expression (found anywhere in the host unless
 * anchored, without case).
 * @throws PatternError
 */
export function compileHostPattern(pattern: string): HostPattern {
  if (pattern.startsWith('~')) return { kind: 'regex', regex: compilePatternRegex(pattern, 'caseless') };
  if (pattern === '*') return { kind: 'any' };
  if (pattern.startsWith('*.')) return { kind: 'wildcard', suffix: `.${plainHost(pattern, pattern.slice(2))}` };
  return { kind: 'exact', host: plainHost(pattern, pattern) };
}

/** True where `pattern` matches `host`, which is as {@link hostName} makes it. */
export function hostPatternMatches(pattern: HostPattern, host: string): boolean {
  switch (pattern.kind) {
    case 'exact':
      return host === pattern.host;
    case 'wildcard':
      return host.length > pattern.suffix.length && host.endsWith(pattern.suffix);
    case 'regex':
      return pattern.regex.test(host);
    case 'any':
      return true;
  }
}

/** Negative where `a` is asked before `b`, 0 where the first in the configuration goes first. */
export function compareHostPatterns(a: HostPattern, b: HostPattern): number {
  if (a.kind === 'wildcard' && b.kind === 'wildcard') return b.suffix.length - a.suffix.length;
  return RANK[a.kind] - RANK[b.kind];
}

const RANK = { exact: 0, wildcard: 1, regex: 2, any: 3 } as const satisfies Record<HostPattern['kind'], number>;

function plainHost(pattern: string, text: string): string {
  if (text === '' || text === '.') throw new PatternError(pattern, 'there is no host in it');
  if (text.includes('*')) throw new PatternError(pattern, '"*" stands alone or first, as in "*.example.com"');
  const host = hostName(text);
  const withoutDot = text.endsWith('.') ? text.slice(0, -1) : text;
  const wasAddress = text.startsWith('[') && text.endsWith(']');
  if (!wasAddress && host !== withoutDot.toLowerCase()) throw new PatternError(pattern, 'a host pattern has no port');
  return host;
}
