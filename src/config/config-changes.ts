import { isDeepStrictEqual } from 'node:util';
import type { Config } from './config.js';
import { listenerPorts } from './listener-ports.js';
import { isRecord } from './raw-value.js';
import { ruleName } from './rule-name.js';

/** By name, in the order of the configuration. */
export interface NameChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

/** What is different between two configurations. */
export interface ConfigChanges {
  readonly rules: NameChanges;
  readonly services: NameChanges;
  /** As `service url`. */
  readonly backends: NameChanges;
  readonly middlewares: NameChanges;
  readonly ports: { readonly opened: readonly number[]; readonly closed: readonly number[] };
  /** Keys such as `advanced.timeout.read_timeout`. */
  readonly settings: readonly string[];
  /** True where names and contents are the same, but stand in another order. */
  readonly reordered: boolean;
}

/** What is different, or null where nothing is. */
export function configChanges(before: Config, after: Config): ConfigChanges | null {
  if (isDeepStrictEqual(before, after)) return null;
  const rules = nameChanges(rulesOf(before), rulesOf(after));
  const services = nameChanges(new Map(Object.entries(before.services)), new Map(Object.entries(after.services)));
  const backends = nameChanges(backendsOf(before), backendsOf(after));
  const middlewares = nameChanges(middlewaresOf(before), middlewaresOf(after));
  const [portsBefore, portsAfter] = [listenerPorts(before), listenerPorts(after)];
  const ports = { opened: without(portsAfter, portsBefore), closed: without(portsBefore, portsAfter) };
  const settings = settingsOf(before, after);
  const named = [rules, services, backends, middlewares].flatMap((changes) => Object.values(changes).flat());
  const reordered = named.length + settings.length + ports.opened.length + ports.closed.length === 0;
  return { rules, services, backends, middlewares, ports, settings, reordered };
}

/** Keys whose value is fixed when the process starts. */
const FIXED = [
  'advanced.bind',
  'advanced.buffer_size.read_buffer',
  'advanced.log.format',
  'advanced.log.level',
] as const;

/** Keys that differ from what the process was started with and stay as they are until it is started again. */
export function keysForRestart(started: Config, next: Config): string[] {
  return settingsOf(started, next).filter((key) => FIXED.some((one) => one === key));
}

function rulesOf(config: Config): Map<string, unknown> {
  const rules = new Map<string, unknown[]>();
  const add = (name: string, rule: unknown) => rules.set(name, [...(rules.get(name) ?? []), rule]);
  for (const { route_rules, ...host } of config.host_rules) {
    add(ruleName(host), host);
    for (const route of route_rules) add(ruleName(host, route), route);
  }
  for (const route of config.route_rules) add(ruleName(undefined, route), route);
  return rules;
}

function backendsOf(config: Config): Map<string, unknown> {
  const backends = new Map<string, unknown[]>();
  for (const [name, { load_balancer }] of Object.entries(config.services)) {
    for (const backend of load_balancer.backends) {
      const label = `${name} ${backend.url}`;
      backends.set(label, [...(backends.get(label) ?? []), backend]);
    }
  }
  return backends;
}

function middlewaresOf({ middlewares, middleware_services }: Config): Map<string, unknown> {
  return new Map([...middlewares, ...middleware_services].map((entry) => [entry.name, entry]));
}

function nameChanges(before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>): NameChanges {
  return {
    added: without([...after.keys()], [...before.keys()]),
    removed: without([...before.keys()], [...after.keys()]),
    changed: [...after]
      .filter(([name, value]) => before.has(name) && !isDeepStrictEqual(before.get(name), value))
      .map(([name]) => name),
  };
}

function without<Member>(all: readonly Member[], others: readonly Member[]): Member[] {
  const known = new Set(others);
  return all.filter((member) => !known.has(member));
}

/** `port_written` is none that anybody writes. */
function settingsOf(before: Config, after: Config): string[] {
  const keys = differingKeys(before.advanced, after.advanced, 'advanced');
  return keys.filter((key) => key !== 'advanced.port_written');
}

/** Down to the values: a map that differs is told by the keys in it. */
function differingKeys(before: unknown, after: unknown, path: string): string[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isRecord(before) || !isRecord(after)) return [path];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => differingKeys(before[key], after[key], `${path}.${key}`));
}
