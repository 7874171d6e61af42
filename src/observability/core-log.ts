import type { Clock } from '../exchange/clock.js';
import type { ProxyEvents, TunnelReport } from '../exchange/events.js';
import type { Exchange } from '../exchange/exchange.js';
import { LOG_LEVELS, type Log, type LogLevel } from '../exchange/log.js';
import { type Outcome, triesAsFields } from '../exchange/outcome.js';
import type { ProxyError } from '../exchange/proxy-error.js';
import { redactQuery } from '../exchange/redact.js';
import { RefusedConnections } from './refused-connections.js';

/**
 * Writes what is worth a line whatever is configured: refused and failed requests, tunnels, refused connections. What
 * went well without a tunnel is the logging middleware's.
 */
export function createCoreLog(log: Log, clock: Clock): ProxyEvents {
  const refusedConnections = new RefusedConnections(log, clock);
  /** Their end is told by `tunnelClosed`, also where their exchange ended with it. */
  const tunnels = new WeakSet<Exchange>();
  return {
    requestRefused(refusal) {
      const { error } = refusal;
      log.write(error.traits.level, 'request refused', {
        request_id: refusal.id,
        ...failureFields(error),
        status: refusal.status,
        client: refusal.peerAddress,
        client_port: refusal.port,
        listener_port: refusal.listenerPort,
      });
    },
    exchangeEnded(exchange, outcome) {
      if (tunnels.has(exchange)) return;
      const { error } = outcome;
      if (exchange.kind === 'websocket' && outcome.status !== SWITCHING_PROTOCOLS) {
        logTunnelRefused(log, exchange, outcome);
      } else if (error !== null && isWritten(log, error.traits.level)) {
        const fields = { ...failureFields(error), ...exchangeFields(exchange), ...outcomeFields(outcome) };
        log.write(error.traits.level, 'exchange failed', fields);
      }
    },
    tunnelOpened(exchange) {
      tunnels.add(exchange);
      if (!isWritten(log, 'info')) return;
      log.write('info', 'tunnel opened', { ...exchangeFields(exchange), backend: exchange.tries.at(-1)?.backend });
    },
    tunnelClosed(exchange, outcome, report) {
      const level = outcome.error?.traits.level ?? 'info';
      if (!isWritten(log, level)) return;
      log.write(level, 'tunnel closed', {
        ...exchangeFields(exchange),
        ...(outcome.error === null
          ? { cause: 'closed' }
          : { cause: outcome.error.code, ...failureFields(outcome.error), phase: 'tunnel' }),
        backend: outcome.tries.at(-1)?.backend,
        closed_by: report.closedBy,
        duration_ms: milliseconds(report.durationMs),
        ...tunnelFields(report),
      });
    },
    connectionRefused(listenerPort, limit) {
      refusedConnections.add(listenerPort, limit);
    },
  };
}

/** A code that was not sent is not told: JSON leaves `undefined` away. */
function tunnelFields({ client, backend }: TunnelReport): Record<string, unknown> {
  return {
    client_close: client.receivedCode ?? undefined,
    close_to_client: client.sentCode ?? undefined,
    backend_close: backend.receivedCode ?? undefined,
    close_to_backend: backend.sentCode ?? undefined,
    bytes_from_client: client.bytes,
    bytes_from_backend: backend.bytes,
    messages_from_client: client.messages,
    messages_from_backend: backend.messages,
    control_frames_from_client: client.controlFrames,
    control_frames_from_backend: backend.controlFrames,
  };
}

/** Whether a line of this level is written at all: putting one together for nobody costs more than the rest. */
function isWritten(log: Log, level: LogLevel): boolean {
  return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(log.level);
}

const SWITCHING_PROTOCOLS = 101;

function logTunnelRefused(log: Log, exchange: Exchange, outcome: Outcome): void {
  const { error } = outcome;
  log.write(error?.traits.level ?? 'info', 'tunnel refused', {
    ...(error === null ? { cause: 'answered' } : { cause: error.code, ...failureFields(error) }),
    ...exchangeFields(exchange),
    ...outcomeFields(outcome),
  });
}

function failureFields(error: ProxyError): Record<string, unknown> {
  const { side, phase, title } = error.traits;
  const cause = error.cause instanceof Error && error.cause.message !== error.message ? error.cause.message : undefined;
  return {
    code: error.code,
    side,
    phase,
    ...(error.message === title ? {} : { detail: error.message }),
    ...(cause === undefined ? {} : { reason: cause }),
  };
}

function exchangeFields(exchange: Exchange): Record<string, unknown> {
  const { head, facts } = exchange.request;
  return {
    request_id: exchange.id,
    kind: exchange.kind,
    method: head.method,
    host: facts.host,
    path: redactQuery(facts.target.rawPath + facts.target.query),
    client: exchange.client.address,
    ...(exchange.user === null ? {} : { user: exchange.user }),
    ...(exchange.route === null ? {} : { route: exchange.route.name }),
    ...(exchange.serviceName === null ? {} : { service: exchange.serviceName }),
  };
}

function outcomeFields(outcome: Outcome): Record<string, unknown> {
  const backend = outcome.tries.at(-1)?.backend;
  return {
    ...(backend === undefined ? {} : { backend }),
    tries: outcome.tries.length,
    ...(outcome.tries.length > 1 ? { tried: triesAsFields(outcome.tries) } : {}),
    status: outcome.status,
    duration_ms: milliseconds(outcome.durationMs),
    request_bytes: outcome.requestBytes,
    response_bytes: outcome.responseBytes,
  };
}

/** To the microsecond. */
function milliseconds(durationMs: number): number {
  return Math.round(durationMs * 1000) / 1000;
}
