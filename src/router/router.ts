import { hostName } from './host-name.js';
import { compileHostPattern } from './host-pattern.js';
import { HostTable } from './host-table.js';
import { compilePathPattern } from './path-pattern.js';
import { PathTable } from './path-table.js';

/** A rule for hosts, with rules for paths below it. */
export interface HostRule<R> {
  readonly pattern: string;
  /** The listener's port; null: every listener. */
  readonly port: number | null;
  /** What requests get that none of `routes` matches; null: nothing. */
  readonly target: R | null;
  readonly routes: readonly PathRule<R>[];
}

export interface PathRule<R> {
  readonly pattern: string;
  /** Null: all. The same pattern may stand again for other methods. */
  readonly methods?: ReadonlySet<string> | null | undefined;
  readonly target: R;
}

export interface RouterRules<R> {
  readonly hostRules: readonly HostRule<R>[];
  /** On every listener, for hosts that no host rule matches. */
  readonly topLevel: readonly PathRule<R>[];
}

/** Finds the rule for a request: listener, then host, then path. Among equals the first in the configuration wins. */
export class Router<R> {
  readonly #hostsByPort = new Map<number, HostTable<HostRoutes<R>>>();
  readonly #hostsOfOtherPorts: HostTable<HostRoutes<R>>;
  readonly #topLevel: PathTable<MethodRules<R>>;

  /** @throws PatternError */
  constructor(rules: RouterRules<R>) {
    const compiled = rules.hostRules.map((rule) => ({
      port: rule.port,
      pattern: compileHostPattern(rule.pattern),
      routes: { paths: pathTable(rule.routes), target: rule.target },
    }));
    const hostTable = (port: number | null): HostTable<HostRoutes<R>> => {
      const table = new HostTable<HostRoutes<R>>();
      for (const rule of compiled) if (rule.port === null || rule.port === port) table.add(rule.pattern, rule.routes);
      return table;
    };
    for (const { port } of compiled) {
      if (port !== null && !this.#hostsByPort.has(port)) this.#hostsByPort.set(port, hostTable(port));
    }
    this.#hostsOfOtherPorts = hostTable(null);
    this.#topLevel = pathTable(rules.topLevel);
  }

  /**
   * @param authority as received: any case, with or without port and trailing dot; empty where there was none
   * @param matchPath decoded, dot segments resolved, repeated slashes merged; without query
   * @param method decides among rules of the same pattern only: where none of them takes it, their first is returned,
   * for the caller to refuse. A less specific rule is never a way around one that says which methods it lets pass.
   * @returns null where no rule matches
   */
  match(listenerPort: number, authority: string, matchPath: string, method: string): R | null {
    const hosts = this.#hostsByPort.get(listenerPort) ?? this.#hostsOfOtherPorts;
    const routes = hosts.find(hostName(authority));
    const rules = (routes === null ? this.#topLevel : routes.paths).find(matchPath);
    if (rules !== null) return targetFor(rules, method);
    return routes === null ? null : routes.target;
  }
}

interface HostRoutes<R> {
  readonly paths: PathTable<MethodRules<R>>;
  readonly target: R | null;
}

/** Rules of one pattern, in the order of the configuration; never empty. */
type MethodRules<R> = readonly [PathRule<R>, ...PathRule<R>[]];

function pathTable<R>(rules: readonly PathRule<R>[]): PathTable<MethodRules<R>> {
  const byPattern = new Map<string, [PathRule<R>, ...PathRule<R>[]]>();
  for (const rule of rules) {
    const same = byPattern.get(rule.pattern);
    if (same === undefined) byPattern.set(rule.pattern, [rule]);
    else same.push(rule);
  }
  const table = new PathTable<MethodRules<R>>();
  for (const [pattern, same] of byPattern) table.add(compilePathPattern(pattern), same);
  return table;
}

function targetFor<R>(rules: MethodRules<R>, method: string): R {
  for (const { methods, target } of rules) if (!methods || methods.has(method)) return target;
  return rules[0].target;
}
