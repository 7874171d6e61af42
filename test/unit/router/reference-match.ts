import type { RouterRules } from '../../../src/router/router.js';

/** What the router must say, by the text of the configuration language, without a thought for speed. */
export function referenceMatch<R>(rules: RouterRules<R>, port: number, authority: string, path: string): R | null {
  const host = authority
    .toLowerCase()
    .replace(/(?<=[^:]):\d*$/, '')
    .replace(/(?<=.)\.$/, '');
  const candidates = rules.hostRules.filter(
    (rule) => (rule.port === null || rule.port === port) && hostMatches(rule.pattern, host),
  );
  const best = firstOfLeast(candidates, (rule) => hostRank(rule.pattern));
  if (best === undefined) return matchPaths(rules.topLevel, path);
  return matchPaths(best.routes, path) ?? best.target;
}

function matchPaths<R>(rules: readonly { pattern: string; target: R }[], path: string): R | null {
  const candidates = rules.filter((rule) => pathMatches(rule.pattern, path));
  return firstOfLeast(candidates, (rule) => pathRank(rule.pattern))?.target ?? null;
}

function firstOfLeast<T>(items: readonly T[], rank: (item: T) => number): T | undefined {
  let best: T | undefined;
  for (const item of items) if (best === undefined || rank(item) < rank(best)) best = item;
  return best;
}

function hostRank(pattern: string): number {
  if (pattern === '*') return 3_000_000;
  if (pattern.startsWith('~')) return 2_000_000;
  return pattern.startsWith('*.') ? 1_000_000 - pattern.replace(/\.$/, '').length : 0;
}

function hostMatches(pattern: string, host: string): boolean {
  if (pattern === '*') return true;
  if (pattern.startsWith('~')) return new RegExp(pattern.slice(1), 'i').test(host);
  const plain = pattern.toLowerCase().replace(/\.$/, '');
  if (!plain.startsWith('*.')) return host === plain;
  return host.endsWith(plain.slice(1)) && host.length > plain.length - 1;
}

function pathRank(pattern: string): number {
  if (pattern.startsWith('~')) return 2_000_000;
  return pattern.includes('*') ? 1_000_000 - pattern.indexOf('*') : 0;
}

function pathMatches(pattern: string, path: string): boolean {
  if (pattern.startsWith('~')) return new RegExp(pattern.slice(1)).test(path);
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  const source = escaped.replace(/\/\*$/, '(?:/.*)?').replaceAll(/\/\*(?=\/|\(|$)/g, '/[^/]+');
  return new RegExp(`^${source}$`, 's').test(path);
}
