import type { Config, HostRuleConfig, RouteRuleConfig } from './config.js';

/** A middleware to be made: one per name. */
export interface MiddlewareInstance {
  readonly name: string;
  readonly type: string;
  /** As the type's schema parsed them. */
  readonly options: unknown;
}

/**
 * The instances that run for a rule, in order: global, the host's, the route's; each once. Both rules undefined: the
 * global ones alone.
 */
export function chainFor(
  config: Config,
  hostRule: Pick<HostRuleConfig, 'middlewares'> | undefined,
  routeRule: Pick<RouteRuleConfig, 'middlewares'> | undefined,
): MiddlewareInstance[] {
  const enabled = enabledInstances(config);
  const named = [...(hostRule?.middlewares ?? []), ...(routeRule?.middlewares ?? [])];
  const names = new Set([...globalMiddlewares(config).map(({ name }) => name), ...named]);
  return [...names].map((name) => enabled.get(name)).filter((instance) => instance !== undefined);
}

/**
 * The instances that run for every rule: `middlewares` entries that no rule names or that say `is_global: true`, and
 * `middleware_services` instances that say so; in the order written.
 */
export function globalMiddlewares(config: Config): MiddlewareInstance[] {
  const named = namesInRules(config);
  const isGlobal = new Set([
    ...config.middlewares.filter(({ name, is_global }) => is_global ?? !named.has(name)).map(({ name }) => name),
    ...config.middleware_services.filter(({ is_global }) => is_global).map(({ name }) => name),
  ]);
  return [...enabledInstances(config).values()].filter(({ name }) => isGlobal.has(name));
}

function enabledInstances(config: Config): Map<string, MiddlewareInstance> {
  const entries = [
    ...config.middlewares.map((entry) => ({ ...entry, type: entry.name })),
    ...config.middleware_services,
  ];
  return new Map(
    entries
      .filter(({ enabled }) => enabled)
      .map(({ name, type, config: options }) => [name, { name, type, options }] as const),
  );
}

function namesInRules(config: Config): Set<string> {
  const routes = [...config.route_rules, ...config.host_rules.flatMap((rule) => rule.route_rules)];
  return new Set([...config.host_rules, ...routes].flatMap(({ middlewares }) => middlewares));
}
