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
  readonly #topLevel: PathTable<R>;

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
   * @returns null where no rule matches
   */
  match(listenerPort: number, authority: string, matchPath: string): R | null {
    const hosts = this.#hostsByPort.get(listenerPort) ?? this.#hostsOfOtherPorts;
    const routes = hosts.find(hostName(authority));
    if (routes === null) return this.#topLevel.find(matchPath);
    return routes.paths.find(matchPath) ?? routes.target;
  }
}

interface HostRoutes<R> {
  readonly paths: PathTable<R>;
  readonly target: R | null;
}

function pathTable<R>(rules: readonly PathRule<R>[]): PathTable<R> {
  const table = new PathTable<R>();
  for (const rule of rules) table.add(compilePathPattern(rule.pattern), rule.target);
  return table;
}
