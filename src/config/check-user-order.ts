import type { Config } from './config.js';
import type { MiddlewareTypes } from './known-types.js';
import { chainFor, type MiddlewareInstance } from './middleware-chain.js';
import type { ConfigPath, Finding } from './problem.js';

/** Middlewares that go by the user where nothing before them says who that is: once each, for the first such rule. */
export function checkUserOrder(config: Config, types: MiddlewareTypes): Finding[] {
  const findings = new Map<string, Finding>();
  for (const { rule, chain } of chainsOf(config)) {
    for (const { name, option } of usersUnknownTo(chain, types)) {
      const path = placeOf(config, name);
      if (findings.has(name) || path === null) continue;
      const message = `goes by the user, and on ${rule} nothing before it says who that is: name an \`auth\` before it`;
      findings.set(name, { path: [...path, 'config', option], at: 'value', message });
    }
  }
  return [...findings.values()];
}

function usersUnknownTo(chain: readonly MiddlewareInstance[], types: MiddlewareTypes) {
  const found: { readonly name: string; readonly option: string }[] = [];
  for (const { name, type, options } of chain) {
    const known = types.get(type);
    if (known?.namesUsers === true) break;
    const option = known?.userOption?.(options) ?? null;
    if (option !== null) found.push({ name, option });
  }
  return found;
}

function chainsOf(config: Config): { readonly rule: string; readonly chain: readonly MiddlewareInstance[] }[] {
  const hosts = config.host_rules.flatMap((host) => [
    ...(host.target === undefined ? [] : [{ rule: host.pattern, chain: chainFor(config, host, undefined) }]),
    ...host.route_rules.map((route) => ({
      rule: `${host.pattern}${route.pattern}`,
      chain: chainFor(config, host, route),
    })),
  ]);
  return [
    ...hosts,
    ...config.route_rules.map((route) => ({ rule: route.pattern, chain: chainFor(config, undefined, route) })),
  ];
}

/** Null: it is written nowhere. */
function placeOf(config: Config, name: string): ConfigPath | null {
  for (const section of ['middlewares', 'middleware_services'] as const) {
    const index = config[section].findIndex((entry) => entry.name === name);
    if (index >= 0) return [section, index];
  }
  return null;
}
