import {
  comparePathPatterns,
  compilePathPattern,
  type PathPattern,
  pathPatternMatches,
} from '../pattern/path-pattern.js';
import { compareHostPatterns, compileHostPattern, hostPatternMatches } from './host-pattern.js';
import type { HostRule, PathRule, RouterRules } from './router.js';

/** A rule that matches, by its place in its list. */
export interface TracedRule {
  readonly index: number;
  readonly pattern: string;
  /** How the pattern matches: see {@link HostPattern} and {@link PathPattern}; `prefix` is one that only ends in `/*`. */
  readonly how: 'exact' | 'wildcard' | 'prefix' | 'segments' | 'regex' | 'any';
}

/** One that matches as well, and does not count. */
export interface PassedOver extends TracedRule {
  /** It is less specific than the one that counts; of the same rank and later; of the same pattern for other methods. */
  readonly why: 'less-specific' | 'later' | 'method';
}

/** Which rules a request goes by. */
export interface RouteTrace {
  /** Of `hostRules`; null: no rule matches the host, and those for all hosts count. */
  readonly host: TracedRule | null;
  /** In the order of the configuration. */
  readonly otherHosts: readonly PassedOver[];
  /** Of the host's `routes`, else of `topLevel`; null: none matches the path. */
  readonly path: TracedRule | null;
  readonly otherPaths: readonly PassedOver[];
}

/** @param winners as the router found them */
export function traceMatch<R>(
  rules: RouterRules<R>,
  winners: { readonly host: HostRule<R> | null; readonly path: PathRule<R> | null },
  request: { readonly listenerPort: number; readonly host: string; readonly matchPath: string },
): RouteTrace {
  const { host, path } = winners;
  const hosts = rules.hostRules.map((rule, index) => ({ rule, index, compiled: compileHostPattern(rule.pattern) }));
  const paths = (host?.routes ?? rules.topLevel).map((rule, index) => {
    return { rule, index, compiled: compilePathPattern(rule.pattern) };
  });
  const hostWinner = hosts.find(({ rule }) => rule === host);
  const pathWinner = paths.find(({ rule }) => rule === path);
  const here = ({ port }: HostRule<R>): boolean => port === null || port === request.listenerPort;
  const otherHosts = hosts.filter(
    (one) => one !== hostWinner && here(one.rule) && hostPatternMatches(one.compiled, request.host),
  );
  const otherPaths = paths.filter((one) => one !== pathWinner && pathPatternMatches(one.compiled, request.matchPath));
  const tracedHost = ({ rule, index, compiled }: (typeof hosts)[number]): TracedRule => {
    return { index, pattern: rule.pattern, how: compiled.kind };
  };
  const tracedPath = ({ rule, index, compiled }: (typeof paths)[number]): TracedRule => {
    return { index, pattern: rule.pattern, how: howPathMatches(compiled) };
  };
  return {
    host: hostWinner === undefined ? null : tracedHost(hostWinner),
    otherHosts: otherHosts.map((one) => {
      const lower = hostWinner !== undefined && compareHostPatterns(hostWinner.compiled, one.compiled) < 0;
      return { ...tracedHost(one), why: lower ? 'less-specific' : 'later' };
    }),
    path: pathWinner === undefined ? null : tracedPath(pathWinner),
    otherPaths: otherPaths.map((one) => {
      const lower = pathWinner !== undefined && comparePathPatterns(pathWinner.compiled, one.compiled) < 0;
      const same = pathWinner?.rule.pattern === one.rule.pattern;
      return { ...tracedPath(one), why: same ? 'method' : lower ? 'less-specific' : 'later' };
    }),
  };
}

function howPathMatches(pattern: PathPattern): TracedRule['how'] {
  return pattern.kind === 'segments' && pattern.rest.length === 0 ? 'prefix' : pattern.kind;
}
