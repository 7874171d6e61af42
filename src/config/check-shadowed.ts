import type { Config, HostRuleConfig, RouteRuleConfig } from './config.js';
import type { ConfigPath, Finding } from './problem.js';

/**
 * Rules that no request reaches, because another rule always comes first, and host rules that lead nowhere. Hosts are
 * tried exact, wildcard, regex, `*`; paths exact, longest literal prefix, regex; among equals the first written.
 *
 * @param place where a path stands, for the reader: `config.yaml:12`
 */
export function checkShadowed(config: Config, place: (path: ConfigPath) => string): Finding[] {
  return [
    ...shadowedHosts(config.host_rules, place),
    ...config.host_rules.flatMap((rule, index) => [
      ...emptyHost(rule, ['host_rules', index]),
      ...shadowedRoutes(rule.route_rules, ['host_rules', index, 'route_rules'], place),
    ]),
    ...shadowedRoutes(config.route_rules, ['route_rules'], place),
    ...shadowedTopLevel(config, place),
  ];
}

function unreached(path: ConfigPath, first: string): Finding {
  return { path, at: 'value', message: `this rule is never reached: the one at ${first} always comes before it` };
}

function emptyHost(rule: HostRuleConfig, path: ConfigPath): Finding[] {
  if (rule.target !== undefined || rule.route_rules.length > 0) return [];
  return [{ path, at: 'value', message: 'this rule has neither a target nor route_rules: its requests get 404' }];
}

/** A regex that takes every host stands before later regexes, and before `*`. */
function shadowedHosts(rules: readonly HostRuleConfig[], place: (path: ConfigPath) => string): Finding[] {
  return rules.flatMap((rule, index) => {
    if (!isRegex(rule.pattern) && rule.pattern !== '*') return [];
    const first = rules.findIndex(
      (other, position) =>
        other.port === rule.port && takesEverything(other.pattern) && (rule.pattern === '*' || position < index),
    );
    return first === -1 || first === index
      ? []
      : [unreached(['host_rules', index, 'pattern'], place(['host_rules', first, 'pattern']))];
  });
}

function shadowedRoutes(
  rules: readonly RouteRuleConfig[],
  above: ConfigPath,
  place: (path: ConfigPath) => string,
): Finding[] {
  return rules.flatMap((rule, index) => {
    const first = rules.findIndex((other, position) => {
      if (position === index || !takesMethodsOf(other, rule)) return false;
      if (isRegex(rule.pattern) && other.pattern === '/*') return true;
      return position < index && takesPathsOf(other.pattern, rule.pattern);
    });
    return first === -1 ? [] : [unreached([...above, index, 'pattern'], place([...above, first, 'pattern']))];
  });
}

/** Top-level rules are for hosts that no host rule takes: none is left where every listener has a rule for all hosts. */
function shadowedTopLevel(config: Config, place: (path: ConfigPath) => string): Finding[] {
  const ports = new Set([...config.host_rules.map(({ port }) => port), config.advanced.port]);
  const open = [...ports].some((port) => !config.host_rules.some((rule) => rule.port === port && takesAll(rule)));
  const first = config.host_rules.findIndex((rule) => takesAll(rule));
  if (config.route_rules.length === 0 || open) return [];
  return [unreached(['route_rules'], place(['host_rules', first, 'pattern']))];
}

function takesAll(rule: HostRuleConfig): boolean {
  return rule.pattern === '*' || takesEverything(rule.pattern);
}

/** Of two patterns that are tried in the order written, whether the first takes every path of the second. */
function takesPathsOf(first: string, second: string): boolean {
  if (first === second) return true;
  if (isRegex(second)) return takesEverything(first);
  // Equally long literal prefixes: `/api/*` takes what `/api/*/members` is for.
  const star = second.indexOf('/*');
  return star !== -1 && first === `${second.slice(0, star)}/*`;
}

function takesMethodsOf(first: RouteRuleConfig, second: RouteRuleConfig): boolean {
  const taken = first.methods;
  return taken === undefined || (second.methods?.every((method) => taken.includes(method)) ?? false);
}

function isRegex(pattern: string): boolean {
  return pattern.startsWith('~');
}

/** The regexes that are plainly for everything; others are not judged. */
function takesEverything(pattern: string): boolean {
  return /^~\^?\/?(\.[*+]\$?)?$/.test(pattern);
}
