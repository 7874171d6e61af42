import { compilePathPattern } from '../pattern/path-pattern.js';
import { hostName } from '../protocol/http1/host-name.js';
import { compileHostPattern } from './host-pattern.js';
import { HostTable } from './host-table.js';
import { PathTable } from './path-table.js';
import { type RouteTrace, traceMatch } from './route-trace.js';

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
  readonly #rules: RouterRules<R>;

  /** @throws PatternError */
  constructor(rules: RouterRules<R>) {
    this.#rules = rules;
    const compiled = rules.hostRules.map((rule) => ({
      port: rule.port,
      pattern: compileHostPattern(rule.pattern),
      routes: { rule, paths: pathTable(rule.routes), target: rule.target },
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
    const routes = this.#routesOf(listenerPort, authority);
    const rules = (routes === null ? this.#topLevel : routes.paths).find(matchPath);
    if (rules !== null) return ruleFor(rules, method).target;
    return routes === null ? null : routes.target;
  }

  /** The rules that {@link match} goes by, and those that would match too. Slow: for people who ask why. */
  trace(listenerPort: number, authority: string, matchPath: string, method: string): RouteTrace {
    const routes = this.#routesOf(listenerPort, authority);
    const rules = (routes === null ? this.#topLevel : routes.paths).find(matchPath);
    const winners = { host: routes?.rule ?? null, path: rules === null ? null : ruleFor(rules, method) };
    return traceMatch(this.#rules, winners, { listenerPort, host: hostName(authority), matchPath });
  }

  #routesOf(listenerPort: number, authority: string): HostRoutes<R> | null {
    const hosts = this.#hostsByPort.get(listenerPort) ?? this.#hostsOfOtherPorts;
    return hosts.find(hostName(authority));
  }
}

interface HostRoutes<R> {
  readonly rule: HostRule<R>;
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

function ruleFor<R>(rules: MethodRules<R>, method: string): PathRule<R> {
  for (const rule of rules) if (!rule.methods || rule.methods.has(method)) return rule;
  return rules[0];
}
