import type { Config, HostRuleConfig, RouteRuleConfig } from './config.js';

/** A middleware to be made: one per name. */
export interface MiddlewareInstance {
  readonly name: string;
  readonly type: string;
  /** As the type's schema parsed them. */
  readonly options: unknown;
}

/**
 * The instances that run for a rule, in order: global, the host's, the route's; each once. First what
 * the environment asks for where none of them does it. Both rules undefined: the
 * global ones alone.
 */
export function chainFor(
  config: Config,
  hostRule: Pick<HostRuleConfig, 'middlewares'> | undefined,
  routeRule: Pick<RouteRuleConfig, 'middlewares'> | undefined,
): MiddlewareInstance[] {
  return namedChain(config, hostRule, routeRule)
    .map(({ instance }) => instance)
    .filter((instance) => instance !== undefined);
}

/** A middleware of a rule's chain, and what it is there for. */
export interface NamedMiddleware {
  readonly name: string;
  /** What named it first: every rule has it, this host rule or route rule says so, or the environment made it. */
  readonly namedBy: 'global' | 'host' | 'route' | 'environment';
  /** Undefined where it is named and taken out by `enabled: false`. */
  readonly instance: MiddlewareInstance | undefined;
}

/** As {@link chainFor}, with what named each, and with those that are taken out. */
export function namedChain(
  config: Config,
  hostRule: Pick<HostRuleConfig, 'middlewares'> | undefined,
  routeRule: Pick<RouteRuleConfig, 'middlewares'> | undefined,
): NamedMiddleware[] {
  const enabled = enabledInstances(config);
  const names = new Map<string, 'global' | 'host' | 'route'>();
  const add = (namedBy: 'global' | 'host' | 'route', more: readonly string[]): void => {
    for (const name of more) if (!names.has(name)) names.set(name, namedBy);
  };
  add('global', globalNames(config));
  add('host', hostRule?.middlewares ?? []);
  add('route', routeRule?.middlewares ?? []);
  const chain = [...names].map(([name, namedBy]) => ({ name, namedBy, instance: enabled.get(name) }));
  return [...ofEnvironment(config, new Set(chain.map(({ instance }) => instance?.type))), ...chain];
}

function ofEnvironment(config: Config, types: ReadonlySet<string | undefined>): NamedMiddleware[] {
  return config.environment_middlewares
    .filter(({ type }) => !types.has(type))
    .map(({ name, type, config: options }) => ({ name, namedBy: 'environment', instance: { name, type, options } }));
}

/**
 * The instances that run for every rule: `middlewares` entries that no rule names or that say `is_global: true`, and
 * `middleware_services` instances that say so; in the order written.
 */
export function globalMiddlewares(config: Config): MiddlewareInstance[] {
  const enabled = enabledInstances(config);
  return globalNames(config)
    .map((name) => enabled.get(name))
    .filter((instance) => instance !== undefined);
}

/** Those of {@link globalMiddlewares}, and those that would be, were they not taken out. */
function globalNames(config: Config): string[] {
  const named = namesInRules(config);
  return [
    ...config.middlewares.filter(({ name, is_global }) => is_global ?? !named.has(name)).map(({ name }) => name),
    ...config.middleware_services.filter(({ is_global }) => is_global).map(({ name }) => name),
  ];
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
