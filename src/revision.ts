import type { Config, HostRuleConfig, RouteRuleConfig } from './config/config.js';
import { listenerPorts } from './config/listener-ports.js';
import { chainFor } from './config/middleware-chain.js';
import { ruleName } from './config/rule-name.js';
import type { ClientLimits } from './connection/client-host.js';
import type { Middleware, MiddlewareType } from './exchange/middleware.js';
import type { ExchangeCount, Route, RoutePolicy } from './exchange/route.js';
import type { ForwarderHost } from './forwarder/forwarder-host.js';
import type { LongLived } from './forwarder/long-lived.js';
import { trustIn } from './forwarder/trusted-proxies.js';
import { TunnelPolicies } from './forwarder/tunnel-policies.js';
import type { Certificates } from './listener/certificates.js';
import { MiddlewareSet } from './middleware/middleware-set.js';
import { planServices } from './plans.js';
import { lastingLine } from './protocol/http1/field-line.js';
import { hiddenFileRule } from './router/hidden-files.js';
import { compileRewrite } from './router/path-rewrite.js';
import { Router } from './router/router.js';
import { buildCertificates, clientAuthorityFor } from './secrecy.js';
import type { Backend } from './service/backend.js';
import type { ServicePlan } from './service/service-state.js';
import type { State } from './state.js';

/** One configuration, ready to be used: immutable, swapped whole. */
export interface Revision {
  /** From 1 on. */
  readonly number: number;
  readonly config: Config;
  /** As configured; 0: one that the system chooses. */
  readonly ports: readonly number[];
  readonly router: Router<Route>;
  readonly limits: ClientLimits;
  readonly forwarder: ForwarderHost;
  readonly middlewares: MiddlewareSet;
  /** What the state goes over to with this Revision. */
  readonly servicePlans: ReadonlyMap<string, ServicePlan>;
  /** Up to which change of names' addresses the plans have them. */
  readonly nameChanges: number;
  /** By the port of each listener that speaks TLS. */
  readonly certificates: ReadonlyMap<number, Certificates>;
  /** WebSockets of the process, handshakes included; 0: no limit. */
  readonly maxTunnels: number;
  isHidden(matchPath: string): boolean;
  /** Whether connections of this peer begin with a PROXY header. */
  awaitsProxyHeader(peerAddress: string): boolean;
  /** Whether its rule, its service and its backend are still there. */
  keeps(one: LongLived): boolean;
}

export interface RevisionParts {
  readonly state: State;
  readonly middlewareTypes: ReadonlyMap<string, MiddlewareType>;
  /** The one before, whose unchanged middlewares are taken over; null for the first. */
  readonly before: Revision | null;
}

/**
 * Builds everything a configuration asks for, out of it and the state that stays, which it does not change.
 * @throws Error where a middleware cannot be made, or OpenSSL does not take a certificate
 */
export function buildRevision(config: Config, { state, middlewareTypes, before }: RevisionParts): Revision {
  const middlewares = new MiddlewareSet(middlewareTypes, state);
  try {
    return build(config, state, middlewares, before);
  } catch (error) {
    void middlewares.retire();
    throw error;
  }
}

function build(config: Config, state: State, middlewares: MiddlewareSet, before: Revision | null): Revision {
  const { advanced } = config;
  const isTrusted = trustIn(advanced.security.trusted_proxies);
  const chain = (host?: HostRuleConfig, route?: RouteRuleConfig): Middleware[] => {
    return chainFor(config, host, route).map((traits) => middlewares.get(traits, before?.middlewares ?? null));
  };
  const servicePlans = planServices(config, state);
  return {
    number: (before?.number ?? 0) + 1,
    config,
    ports: listenerPorts(config),
    router: buildRouter(config, chain, middlewares),
    limits: clientLimits(config),
    middlewares,
    servicePlans,
    nameChanges: state.names.changes,
    certificates: buildCertificates(config),
    maxTunnels: advanced.max_tunnels,
    isHidden: hiddenFileRule(advanced.security.deny_hidden_files),
    awaitsProxyHeader: advanced.proxy_protocol ? isTrusted : nobody,
    keeps: keeping(config, servicePlans),
    forwarder: {
      ...state,
      services: new Map([...servicePlans].map(([name, { service }]) => [name, service])),
      rules: {
        pseudonym: state.pseudonym,
        via: lastingLine('Via', `1.1 ${state.pseudonym}`),
        forwarded: advanced.forwarded,
        xRealIp: advanced.x_real_ip,
        expose: advanced.expose,
        isTrusted,
      },
      tunnelPolicy: tunnelPolicies(),
    },
  };
}

/** Not an arrow of `build`: that would hold on to the Revision before. So would one of {@link tunnelPolicies}. */
function nobody(): boolean {
  return false;
}

function tunnelPolicies(): ForwarderHost['tunnelPolicy'] {
  const policies = new TunnelPolicies();
  return (settings, service) => policies.of(settings, service);
}

type ChainOf = (host?: HostRuleConfig, route?: RouteRuleConfig) => Middleware[];

function buildRouter(config: Config, chain: ChainOf, inUse: ExchangeCount): Router<Route> {
  // Names alone: a tunnel keeps its route, and may not keep services that are gone.
  const services = new Set(Object.keys(config.services));
  const ofRevision = { inUse, services };
  const routeOf = (host: HostRuleConfig | undefined, rule: RouteRuleConfig): Route => ({
    ...ofChain(chain(host, rule)),
    ...ofRevision,
    clientAuthority: clientAuthorityFor(host),
    name: `${host?.pattern ?? ''}${rule.pattern}`,
    rule: ruleName(host, rule),
    serviceName: rule.target,
    methods: rule.methods === undefined ? null : new Set(rule.methods),
    rewrite: compileRewrite({ stripPrefix: rule.strip_prefix, ...(rule.rewrite && { rewrite: rule.rewrite }) }),
    policy: routePolicy(config, rule),
  });
  const pathRule = (host: HostRuleConfig | undefined, rule: RouteRuleConfig) => {
    const target = routeOf(host, rule);
    return { pattern: rule.pattern, methods: target.methods, target };
  };
  return new Router({
    hostRules: config.host_rules.map((host) => ({
      pattern: host.pattern,
      port: host.port,
      routes: host.route_rules.map((rule) => pathRule(host, rule)),
      target: host.target === undefined ? null : hostTarget(config, host, host.target, chain(host), ofRevision),
    })),
    topLevel: config.route_rules.map((rule) => pathRule(undefined, rule)),
  });
}

function hostTarget(
  config: Config,
  host: HostRuleConfig,
  serviceName: string,
  chain: Middleware[],
  ofRevision: Pick<Route, 'inUse' | 'services'>,
): Route {
  const policy = routePolicy(config);
  const names = { name: host.pattern, rule: ruleName(host), serviceName };
  const clientAuthority = clientAuthorityFor(host);
  return { ...ofChain(chain), ...names, ...ofRevision, methods: null, rewrite: null, policy, clientAuthority };
}

function ofChain(middlewares: readonly Middleware[]): Pick<Route, 'middlewares' | 'ownedRequestFields'> {
  return { middlewares, ownedRequestFields: [...new Set(middlewares.flatMap((one) => one.ownedRequestFields ?? []))] };
}

function routePolicy(config: Config, rule?: RouteRuleConfig): RoutePolicy {
  const { timeout } = config.advanced;
  return {
    readTimeoutMs: rule?.timeout.read_timeout ?? timeout.read_timeout,
    writeTimeoutMs: rule?.timeout.write_timeout ?? timeout.write_timeout,
    dialTimeoutMs: rule?.timeout.dial_timeout ?? timeout.dial_timeout,
    sseIdleTimeoutMs: rule?.timeout.sse_idle_timeout ?? timeout.sse_idle_timeout,
    encodedSlash: rule?.encoded_slash ?? 'allow',
    halfClose: rule?.half_close ?? 'close',
    sseRetry: rule?.sse_retry ?? null,
  };
}

function clientLimits(config: Config): ClientLimits {
  const { security, timeout } = config.advanced;
  return {
    head: { maxHeadBytes: security.max_header_size, maxHeaders: security.max_headers, maxLineBytes: 8192 },
    maxBodyBytes: security.max_body_size,
    headerTimeoutMs: timeout.header_timeout,
    keepaliveTimeoutMs: timeout.keepalive_timeout,
    readTimeoutMs: timeout.read_timeout,
    writeTimeoutMs: timeout.write_timeout,
  };
}

function keeping(config: Config, plans: ReadonlyMap<string, ServicePlan>): Revision['keeps'] {
  const rules = new Map<string, RouteRuleConfig['methods'][]>();
  const add = (rule: string, methods: RouteRuleConfig['methods']) =>
    rules.set(rule, [...(rules.get(rule) ?? []), methods]);
  for (const host of config.host_rules) {
    if (host.target !== undefined) add(ruleName(host), undefined);
    for (const route of host.route_rules) add(ruleName(host, route), route.methods);
  }
  for (const route of config.route_rules) add(ruleName(undefined, route), route.methods);
  return ({ exchange, backend }) => {
    const { method } = exchange.request.head;
    const rule = rules.get(exchange.route?.rule ?? '') ?? [];
    if (!rule.some((methods) => methods === undefined || methods.includes(method))) return false;
    const plan = plans.get(exchange.serviceName ?? '');
    return plan !== undefined && (backend === null || isThere(backend, plan));
  };
}

/** By what its service has just now: the addresses of a name change without a Revision. */
function isThere(backend: Backend, { service }: ServicePlan): boolean {
  if (service.backends.includes(backend)) return true;
  // Dialled by its name before that was resolved: whichever address that went to, it is one of the name's.
  const { resolved, written } = backend.traits;
  return !resolved && service.backends.some(({ traits }) => traits.resolved && traits.written === written);
}
