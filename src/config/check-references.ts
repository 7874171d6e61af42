import { describeUnknownName, type MiddlewareTypes } from './known-types.js';
import type { ConfigPath, Finding } from './problem.js';
import { entriesOf, fieldOf, isRecord, itemsOf } from './raw-value.js';
import { STRATEGIES } from './schema-load-balancer.js';

/** What the names of a configuration may refer to besides what it defines itself. */
export interface Registered {
  readonly middlewareTypes: MiddlewareTypes;
}

/**
 * Names that lead nowhere: targets, middlewares, types, strategies. Works on values as read, whatever their types, so
 * that these are found beside what the schema finds.
 */
export function checkReferences(value: unknown, registered: Registered): Finding[] {
  const services = new Set(entriesOf(fieldOf(value, 'services')).map(([name]) => name));
  const middlewares = new Set([...definedMiddlewares(value), ...registered.middlewareTypes.keys()]);
  return [
    ...checkServices(value),
    ...checkTypes(value, registered.middlewareTypes),
    ...rulesOf(value).flatMap(({ path, rule }) => [
      ...checkTarget(path, rule, services),
      ...checkMiddlewareNames(path, rule, middlewares),
    ]),
  ];
}

/** Every rule, host's and route's, with its path. */
export function rulesOf(value: unknown): { readonly path: ConfigPath; readonly rule: unknown }[] {
  const routes = (path: ConfigPath, holder: unknown) =>
    itemsOf(fieldOf(holder, 'route_rules')).map((rule, index) => ({ path: [...path, 'route_rules', index], rule }));
  const hosts = itemsOf(fieldOf(value, 'host_rules')).flatMap((rule, index) => {
    const path = ['host_rules', index];
    return [{ path, rule }, ...routes(path, rule)];
  });
  return [...hosts, ...routes([], value)];
}

function checkServices(value: unknown): Finding[] {
  return entriesOf(fieldOf(value, 'services')).flatMap(([name, service]) => {
    const path = ['services', name];
    const balancer = fieldOf(service, 'load_balancer');
    const findings: Finding[] = [];
    const none = fieldOf(service, 'url') === undefined && fieldOf(balancer, 'backends') === undefined;
    if (isRecord(service) && none) {
      findings.push({ path, at: 'key', message: 'a service needs `url` or `load_balancer.backends`' });
    }
    const strategy = fieldOf(balancer, 'strategy');
    if (typeof strategy === 'string' && !STRATEGIES.some((one) => one === strategy)) {
      const description = describeUnknownName('strategy', strategy, STRATEGIES);
      findings.push({ path: [...path, 'load_balancer', 'strategy'], at: 'value', ...description });
    }
    return findings;
  });
}

function checkTarget(path: ConfigPath, rule: unknown, services: ReadonlySet<string>): Finding[] {
  const target = fieldOf(rule, 'target');
  if (typeof target !== 'string' || services.has(target)) return [];
  return [{ path: [...path, 'target'], at: 'value', ...describeUnknownName('service', target, services) }];
}

function checkTypes(value: unknown, types: MiddlewareTypes): Finding[] {
  const check = (section: string, key: string) =>
    itemsOf(fieldOf(value, section)).flatMap((entry, index): Finding[] => {
      const type = fieldOf(entry, key);
      if (typeof type !== 'string' || types.has(type)) return [];
      const description = describeUnknownName('middleware type', type, types.keys());
      return [{ path: [section, index, key], at: 'value', ...description }];
    });
  return [...check('middlewares', 'name'), ...check('middleware_services', 'type')];
}

function checkMiddlewareNames(path: ConfigPath, rule: unknown, known: ReadonlySet<string>): Finding[] {
  return itemsOf(fieldOf(rule, 'middlewares')).flatMap((name, index): Finding[] => {
    if (typeof name !== 'string' || known.has(name)) return [];
    const description = describeUnknownName('middleware', name, known);
    return [{ path: [...path, 'middlewares', index], at: 'value', ...description }];
  });
}

/** The names of all `middlewares` entries and `middleware_services` instances. */
export function definedMiddlewares(value: unknown): Set<string> {
  const entries = ['middlewares', 'middleware_services'].flatMap((section) => itemsOf(fieldOf(value, section)));
  return new Set(entries.map((entry) => fieldOf(entry, 'name')).filter((name) => typeof name === 'string'));
}
