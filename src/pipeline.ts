import type { Exchange, ExchangePhases } from './exchange/exchange.js';
import type { Log } from './exchange/log.js';
import type { Outcome } from './exchange/outcome.js';
import { problemResponse } from './exchange/problem.js';
import { ProxyError } from './exchange/proxy-error.js';
import type { MutableResponseHead } from './exchange/response-head.js';
import type { Route } from './exchange/route.js';
import { buildBackendHeaders } from './forwarder/backend-headers.js';
import { identifyClient } from './forwarder/client-identity.js';
import { Forwarding } from './forwarder/forwarding.js';
import { runEndPhase, runRequestPhase, runResponsePhase } from './middleware/phases.js';
import { preflightMethod } from './protocol/http1/preflight.js';
import { isValidOriginTarget } from './protocol/http1/request-target.js';
import { judgeUpgradeRequest } from './protocol/websocket/handshake.js';
import type { Revision } from './revision.js';
import type { State } from './state.js';

/**
 * The story of one exchange:
 * 1. who asks: behind trusted proxies the real client
 * 2. which route: listener, host, path
 * 3. what the route and the WebSocket handshake do not let pass
 * 4. what the backend is to get: the target rewritten, the fields of this hop exchanged for ours
 * 5. the request phase of the middlewares, in order: each may answer
 * 6. the forwarder has a backend serve it; its response passes the response phase, in reverse order
 * 7. however it ended: the end phase, and the wings are told
 */
export class Pipeline implements ExchangePhases {
  readonly #state: State;

  constructor(state: State) {
    this.#state = state;
  }

  /** Takes a request that was just read. @param revision what it keeps to, up to its end */
  handle(exchange: Exchange, revision: Revision): void {
    this.#state.counters.exchanges++;
    exchange.revision = revision.number;
    try {
      identifyClient(exchange, revision.forwarder.rules); // 1
      const route = findRoute(exchange, revision); // 2
      route.inUse.begin();
      judgeConnection(exchange, route); // 3
      if (!methodAllowed(exchange, route)) return;
      judge(exchange, route, revision);
      this.#beginHandshake(exchange, revision);
      prepareBackendRequest(exchange, route, revision); // 4
      runRequestPhase(exchange, route.middlewares, () => forward(exchange, route, revision)); // 5
    } catch (error) {
      exchange.fail(ProxyError.fromProtocol(error));
    }
  }

  /** From the beginning of the handshake: many at once must not pass a limit that all of them see free. */
  #beginHandshake(exchange: Exchange, { maxTunnels }: Revision): void {
    if (exchange.kind !== 'websocket') return;
    const { counters, deadlines } = this.#state;
    if (maxTunnels > 0 && counters.upgrades >= maxTunnels) {
      throw new ProxyError('tunnel-limit', `advanced.max_tunnels is ${maxTunnels}`);
    }
    counters.upgrades++;
    exchange.handshakeStartedAtMs = deadlines.nowMs;
  }

  response(exchange: Exchange, head: MutableResponseHead, then: () => void): void {
    const middlewares = exchange.route?.middlewares;
    if (middlewares === undefined || middlewares.length === 0 || exchange.responsePhaseFailed) {
      then();
      return;
    }
    runResponsePhase(exchange, middlewares, head, then, (error) => {
      exchange.responsePhaseFailed = true;
      exchange.fail(error);
    });
  }

  // 7
  ended(exchange: Exchange, outcome: Outcome): void {
    this.#state.counters.exchanges--;
    if (exchange.handshakeStartedAtMs !== null) this.#state.counters.upgrades--;
    const { route } = exchange;
    if (exchange.kind === 'websocket' && !exchange.tunnelOpened) countRefused(exchange, outcome, this.#state);
    if (route !== null) endRoute(exchange, route, outcome, this.#state.log);
    this.#state.events.exchangeEnded(exchange, outcome);
  }
}

function findRoute(exchange: Exchange, revision: Revision): Route {
  const { facts, head, listenerPort } = exchange.request;
  if (revision.isHidden(facts.target.matchPath)) throw new ProxyError('hidden-file');
  const { matchPath } = facts.target;
  let route = revision.router.match(listenerPort, facts.host, matchPath, head.method);
  if (route === null) throw new ProxyError('no-route');
  if (route.methods !== null && !route.methods.has(head.method)) {
    const asked = preflightMethod(head);
    if (asked !== undefined) route = revision.router.match(listenerPort, facts.host, matchPath, asked) ?? route;
  }
  exchange.route = route;
  exchange.serviceName = route.serviceName;
  return route;
}

function judgeConnection({ client }: Exchange, { clientAuthority = null }: Route): void {
  if (clientAuthority === null || client.tls?.clientAuthority === clientAuthority) return;
  throw new ProxyError('misdirected-request', 'the connection has no client certificate that counts for this host');
}

function methodAllowed(exchange: Exchange, route: Route): boolean {
  const { methods } = route;
  if (methods === null || takesMethod(exchange, route)) return true;
  const error = new ProxyError('route-method', `${exchange.request.head.method} on ${route.name}`);
  const response = problemResponse(error, exchange.id, exchange.request.head.headers.get('accept'));
  response.headers.set('Allow', [...methods].join(', '));
  exchange.sendLocal(response, error);
  return false;
}

/** A preflight too, where the route takes what it asks for and a middleware answers it: no backend sees one. */
function takesMethod({ request }: Exchange, { methods, middlewares }: Route): boolean {
  if (methods === null || methods.has(request.head.method)) return true;
  const asked = preflightMethod(request.head);
  return asked !== undefined && methods.has(asked) && middlewares.some((one) => one.answersPreflights === true);
}

/**
 * Steps 2 to 4 for somebody who only asks and has no connection: what would be sent stands in the exchange.
 * @throws ProxyError
 */
export function decide(exchange: Exchange, revision: Revision): void {
  const route = findRoute(exchange, revision);
  if (!takesMethod(exchange, route)) throw new ProxyError('route-method');
  judge(exchange, route, revision);
  prepareBackendRequest(exchange, route, revision);
}

function judge(exchange: Exchange, route: Route, revision: Revision): void {
  const { facts, head } = exchange.request;
  if (route.policy.encodedSlash === 'reject' && facts.target.hasEncodedSlash) throw new ProxyError('encoded-slash');
  if (exchange.kind === 'websocket') exchange.upgradeOffer = judgeUpgradeRequest(head, facts.framing);
  if (!revision.forwarder.services.has(route.serviceName)) throw new ProxyError('no-backend', 'unknown service');
}

function prepareBackendRequest(exchange: Exchange, route: Route, revision: Revision): void {
  const request = exchange.backendRequest;
  request.headers = buildBackendHeaders(exchange, route.ownedRequestFields, revision.forwarder.rules);
  if (route.rewrite === null || request.target === '*') return;
  request.target = route.rewrite(request.target);
  if (!isValidOriginTarget(request.target)) throw new ProxyError('bad-rewrite', `rule ${route.name}`);
}

// 6
function forward(exchange: Exchange, route: Route, revision: Revision): void {
  const service = revision.forwarder.services.get(exchange.serviceName ?? '');
  if (service === undefined) exchange.fail(new ProxyError('no-backend', `no service "${exchange.serviceName}"`));
  else new Forwarding(exchange, route.policy, service, revision.forwarder).start();
}

/** A handshake came to no tunnel, wherever on its way. */
function countRefused({ route, serviceName }: Exchange, { error }: Outcome, { tunnelNumbers }: State): void {
  const { refused } = tunnelNumbers.of(route?.name ?? '', serviceName ?? '');
  const cause = error?.code ?? 'answered';
  refused.set(cause, (refused.get(cause) ?? 0) + 1);
}

/** The middlewares of its Revision are there until all have had their `onEnd`. */
function endRoute(exchange: Exchange, route: Route, outcome: Outcome, log: Log): void {
  const pending = runEndPhase(exchange, route.middlewares, outcome, log);
  if (pending === null) route.inUse.end();
  else void pending.then(() => route.inUse.end());
}
