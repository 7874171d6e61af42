import type { Config } from '../config/config.js';
import { type NamedMiddleware, namedChain } from '../config/middleware-chain.js';
import { type Origin, type Origins, originOf } from '../config/origins.js';
import { type ConfigPath, formatPath } from '../config/problem.js';
import type { Decision, RouteTrace, TracedRule } from '../decision.js';
import { behindBasePath } from '../protocol/http1/base-path.js';
import { middlewarePlace } from './middleware-place.js';
import { advancedValues, type PolicyValue, routeValues } from './policy-values.js';
import { serviceValues } from './service-values.js';
import { tunnelValues } from './tunnel-values.js';

/** A rule, how it matches, and where it stands. */
export interface ExplainedRule {
  readonly pattern: string;
  readonly how: string;
  readonly path: string;
  readonly origin: Origin;
}

/** A rule that matches too, and why it does not count. */
export interface PassedOverRule extends ExplainedRule {
  readonly why: 'less-specific' | 'later' | 'method';
}

/** What `explain` tells, as `--json` prints it: the keys are part of the command's contract. */
export interface Explanation {
  readonly request: {
    readonly method: string | null;
    readonly host: string | null;
    /** What routes are matched with: decoded, dot segments resolved; without query. */
    readonly path: string | null;
    readonly kind: Decision['kind'];
  };
  readonly listener: {
    readonly port: number;
    readonly bind: string;
    readonly scheme: 'http' | 'https';
    /** Of the port. */
    readonly origin: Origin;
  };
  readonly host: { readonly rule: ExplainedRule | null; readonly others: readonly PassedOverRule[] } | null;
  readonly route: {
    readonly name: string | null;
    /** Null where the target of the host rule counts. */
    readonly rule: ExplainedRule | null;
    readonly others: readonly PassedOverRule[];
    /** `value` null: all. */
    readonly methods: {
      readonly value: readonly string[] | null;
      readonly allowed: boolean;
      readonly origin: Origin;
    } | null;
  } | null;
  readonly middlewares: readonly {
    readonly name: string;
    readonly type: string | null;
    /** `environment`: no other of its type runs here, and a variable asks for one. */
    readonly named_by: NamedMiddleware['namedBy'];
    readonly enabled: boolean;
    readonly origin: Origin;
  }[];
  readonly service: {
    readonly name: string;
    /** Of the rule's `target`. */
    readonly named_at: Origin;
    readonly origin: Origin;
    readonly strategy: { readonly value: string; readonly origin: Origin };
    readonly proxy_host: { readonly value: string | null; readonly origin: Origin };
    readonly backends: readonly {
      readonly url: string;
      readonly active: boolean;
      readonly weight: number;
      /** WebSockets at a time; 0: no limit. */
      readonly max_tunnels: number;
      /** Whether it may be chosen. */
      readonly available: boolean;
      /** Path and query as this one gets them, behind the path of its url; null: it is refused before. */
      readonly target: string | null;
      readonly origin: Origin;
    }[];
  } | null;
  readonly target: {
    /** What follows the path of the backend's url. */
    readonly value: string;
    readonly changed_by: readonly { readonly key: 'strip_prefix' | 'rewrite'; readonly origin: Origin }[];
  } | null;
  readonly policy: readonly PolicyValue[];
  readonly verdict:
    | { readonly outcome: 'forwarded'; readonly status: null; readonly code: null; readonly reason: null }
    | { readonly outcome: 'refused'; readonly status: number; readonly code: string; readonly reason: string };
  readonly notes: readonly string[];
}

export interface ExplanationParts {
  readonly config: Config;
  readonly origins: Origins;
  readonly listenerPort: number;
  readonly scheme: 'http' | 'https';
  readonly decision: Decision;
  readonly notes: readonly string[];
}

/** Brings together what the proxy decided and where the configuration says so. */
export function explain(parts: ExplanationParts): Explanation {
  const { config, origins, decision, listenerPort } = parts;
  const { head, facts, kind, error } = decision;
  const where = placesOf(decision);
  const chain = decision.route === null ? [] : chainOf(config, where);
  return {
    request: {
      method: head?.method ?? null,
      host: facts?.host ?? null,
      path: facts?.target.matchPath ?? null,
      kind,
    },
    listener: {
      port: listenerPort,
      bind: config.advanced.bind,
      scheme: parts.scheme,
      origin: portOrigin(config, origins, listenerPort, where.host),
    },
    ...explainRules(parts, where),
    middlewares: explainChain(chain, parts, where),
    service: explainService(parts, where),
    target: explainTarget(parts, where),
    policy: [
      ...(decision.route === null ? [] : routeValues(decision.route, where.route, origins)),
      ...(decision.service === null ? [] : serviceValues(decision.service, config, origins)),
      ...handshakeValues(chain, parts),
      ...advancedValues(config.advanced, origins),
    ],
    verdict:
      error === null
        ? { outcome: 'forwarded', status: null, code: null, reason: null }
        : { outcome: 'refused', status: error.traits.status, code: error.code, reason: error.message },
    notes: parts.notes,
  };
}

/** The paths of the rules that count. */
interface Places {
  readonly host: ConfigPath | null;
  readonly route: ConfigPath | null;
}

function placesOf({ trace }: Decision): Places {
  const host: ConfigPath | null = trace === null || trace.host === null ? null : ['host_rules', trace.host.index];
  if (trace === null || trace.path === null) return { host, route: null };
  return { host, route: [...(host ?? []), 'route_rules', trace.path.index] };
}

/** Of the rule that names the port; else of `advanced.port`. */
function portOrigin(config: Config, origins: Origins, port: number, host: ConfigPath | null): Origin {
  const rules = config.host_rules.map((rule, index) => ({ rule, path: ['host_rules', index, 'port'] }));
  const naming = rules.filter(({ rule, path }) => rule.port === port && origins.has(formatPath(path)));
  const own = naming.find(({ path }) => path[1] === host?.[1]) ?? naming[0];
  return originOf(origins, own?.path ?? ['advanced', 'port']);
}

function explainRules({ decision, origins }: ExplanationParts, where: Places): Pick<Explanation, 'host' | 'route'> {
  const { trace, route, head } = decision;
  if (trace === null) return { host: null, route: null };
  const rule = (list: ConfigPath, { index, pattern, how }: TracedRule): ExplainedRule => {
    const path = [...list, index];
    return { pattern, how, path: formatPath(path), origin: originOf(origins, [...path, 'pattern']) };
  };
  const others = (list: ConfigPath, passedOver: RouteTrace['otherHosts']): PassedOverRule[] => {
    return passedOver.map((one) => ({ ...rule(list, one), why: one.why }));
  };
  const paths: ConfigPath = [...(where.host ?? []), 'route_rules'];
  const methods = route === null ? null : route.methods && [...route.methods];
  return {
    host: {
      rule: trace.host === null ? null : rule(['host_rules'], trace.host),
      others: others(['host_rules'], trace.otherHosts),
    },
    route: {
      name: route?.name ?? null,
      rule: trace.path === null ? null : rule(paths, trace.path),
      others: others(paths, trace.otherPaths),
      methods: route && {
        value: methods,
        allowed: methods === null || methods.includes(head?.method ?? ''),
        origin: originOf(origins, [...(where.route ?? []), 'methods']),
      },
    },
  };
}

function rulesAt(config: Config, { host, route }: Places) {
  const hostRule = config.host_rules[Number(host?.[1])];
  return { hostRule, routeRule: (hostRule ?? config).route_rules[Number(route?.at(-1))] };
}

function chainOf(config: Config, where: Places): NamedMiddleware[] {
  const { hostRule, routeRule } = rulesAt(config, where);
  return namedChain(config, hostRule, routeRule);
}

function explainChain(
  chain: readonly NamedMiddleware[],
  { config, origins }: ExplanationParts,
  where: Places,
): Explanation['middlewares'] {
  const { hostRule, routeRule } = rulesAt(config, where);
  return chain.map(({ name, namedBy, instance }) => {
    const entry = middlewarePlace(config, name);
    const path = {
      global: entry,
      environment: entry,
      host: [...(where.host ?? []), 'middlewares', hostRule?.middlewares.indexOf(name) ?? -1],
      route: [...(where.route ?? []), 'middlewares', routeRule?.middlewares.indexOf(name) ?? -1],
    }[namedBy];
    const enabled = instance !== undefined;
    return { name, type: instance?.type ?? null, named_by: namedBy, enabled, origin: originOf(origins, path) };
  });
}

function explainService({ decision, config, origins }: ExplanationParts, where: Places): Explanation['service'] {
  const { service } = decision;
  const strategy = config.services[service?.traits.name ?? '']?.load_balancer.strategy;
  if (service === null || strategy === undefined) return null;
  const { name, proxyHost } = service.traits;
  const path = ['services', name];
  return {
    name,
    named_at: originOf(origins, [...(where.route ?? where.host ?? []), 'target']),
    origin: originOf(origins, path),
    strategy: { value: strategy, origin: originOf(origins, [...path, 'load_balancer', 'strategy']) },
    proxy_host: { value: proxyHost, origin: originOf(origins, [...path, 'proxy_host']) },
    backends: service.backends.map(({ url, active, weight, available, basePath, traits }, index) => {
      const listed = [...path, 'load_balancer', 'backends', index, 'url'];
      // The service's own url is one more backend, the last.
      const origin = originOf(origins, origins.has(formatPath(listed)) ? listed : [...path, 'url']);
      const target = decision.target === null ? null : behindBasePath(basePath, decision.target);
      return { url, active, weight, max_tunnels: traits.maxTunnels, available, target, origin };
    }),
  };
}

function explainTarget({ decision, origins }: ExplanationParts, { route }: Places): Explanation['target'] {
  if (decision.target === null) return null;
  const keys = (['strip_prefix', 'rewrite'] as const).filter((key) => {
    return route !== null && origins.has(formatPath([...route, key]));
  });
  const changedBy = keys.map((key) => ({ key, origin: originOf(origins, [...(route ?? []), key]) }));
  return { value: decision.target, changed_by: changedBy };
}

function handshakeValues(chain: readonly NamedMiddleware[], { config, origins, decision }: ExplanationParts) {
  const { tunnelPolicy: policy, service } = decision;
  if (policy === null || service === null) return [];
  return tunnelValues({ config, origins, chain, policy, serviceName: service.traits.name });
}
