import type { HandshakeFailure } from '../exchange/client-tls.js';
import type { Clock } from '../exchange/clock.js';
import type { ProxyEvents, RelayedMessage, TunnelReport } from '../exchange/events.js';
import type { Exchange } from '../exchange/exchange.js';
import { isWritten, type Log } from '../exchange/log.js';
import { type Outcome, triesAsFields } from '../exchange/outcome.js';
import type { ProxyError } from '../exchange/proxy-error.js';
import { redactQuery } from '../exchange/redact.js';
import { backendLog } from './backend-log.js';
import { RefusedConnections } from './refused-connections.js';

/**
 * Writes what is worth a line whatever is configured: refused and failed requests, tunnels, refused connections,
 * backends that fail or come back. What went well without a tunnel is the logging middleware's.
 */
export function createCoreLog(log: Log, clock: Clock): ProxyEvents {
  const refusedConnections = new RefusedConnections(log, clock);
  /** Their end is told by `tunnelClosed`, also where their exchange ended with it. */
  const tunnels = new WeakSet<Exchange>();
  return {
    requestRefused(refusal) {
      const { error } = refusal;
      const fields: Fields = { request_id: refusal.id };
      addFailure(fields, error);
      fields.status = refusal.status;
      fields.client = refusal.peerAddress;
      fields.client_port = refusal.port;
      fields.listener_port = refusal.listenerPort;
      log.write(error.traits.level, 'request refused', fields);
    },
    exchangeEnded(exchange, outcome) {
      if (tunnels.has(exchange)) return;
      const { error } = outcome;
      if (exchange.kind === 'websocket' && outcome.status !== SWITCHING_PROTOCOLS) {
        logTunnelRefused(log, exchange, outcome);
      } else if (error !== null && isWritten(log, error.traits.level)) {
        const fields: Fields = {};
        addFailure(fields, error);
        addExchange(fields, exchange);
        addOutcome(fields, outcome);
        log.write(error.traits.level, 'exchange failed', fields);
      }
    },
    tunnelOpened(exchange) {
      tunnels.add(exchange);
      if (!isWritten(log, 'info')) return;
      const fields: Fields = {};
      addExchange(fields, exchange);
      addTries(fields, exchange.tries);
      log.write('info', 'tunnel opened', fields);
    },
    tunnelClosed(exchange, outcome, report) {
      logTunnelClosed(log, exchange, outcome, report);
    },
    messageRelayed(exchange, message) {
      logMessage(log, exchange, message);
    },
    connectionRefused(listenerPort, limit) {
      refusedConnections.add(listenerPort, limit);
    },
    handshakeFailed: handshakeLog(log),
    backendChanged: backendLog(log),
  };
}

/** At `info` only what somebody may look for here; scanners bring about the rest all day long. */
function handshakeLog(log: Log): (failure: HandshakeFailure) => void {
  let failed = 0;
  return ({ reason, code, peerAddress, port, listenerPort }) => {
    failed++;
    const plain = code === 'ERR_SSL_HTTP_REQUEST';
    const message = plain ? 'plain HTTP on a TLS port' : 'TLS handshake failed';
    const peer = { client: peerAddress, client_port: port, listener_port: listenerPort };
    const fields = { ...(code === undefined ? {} : { code }), reason, ...peer, failed };
    log.write(plain || code === 'CLIENT_CERTIFICATE_REFUSED' ? 'info' : 'debug', message, fields);
  };
}

/**
 * A line's fields, put together one by one: an object that is spread into another and then grows has a hidden class of
 * its own each time, and keeps what is long over from being collected (see RelaySocket).
 */
type Fields = Record<string, unknown>;

function logTunnelClosed(log: Log, exchange: Exchange, outcome: Outcome, report: TunnelReport): void {
  const { error } = outcome;
  const level = error?.traits.level ?? 'info';
  if (!isWritten(log, level)) return;
  const fields: Fields = {};
  addExchange(fields, exchange);
  fields.cause = error === null ? 'closed' : error.code;
  if (error !== null) {
    addFailure(fields, error);
    fields.phase = 'tunnel';
  }
  addTries(fields, outcome.tries);
  fields.closed_by = report.closedBy;
  fields.duration_ms = milliseconds(report.durationMs);
  addTunnel(fields, report);
  log.write(level, 'tunnel closed', fields);
}

function logMessage(log: Log, exchange: Exchange, { from, binary, bytes, waitedMs }: RelayedMessage): void {
  if (!isWritten(log, 'info')) return;
  const fields: Fields = { request_id: exchange.id };
  fields.from = from;
  fields.opcode = binary ? 'binary' : 'text';
  fields.bytes = bytes;
  fields.waited_ms = milliseconds(waitedMs);
  log.write('info', 'message', fields);
}

/** A code that was not sent is not told: JSON leaves `undefined` away. */
function addTunnel(fields: Fields, { client, backend }: TunnelReport): void {
  fields.client_close = client.receivedCode ?? undefined;
  fields.close_to_client = client.sentCode ?? undefined;
  fields.backend_close = backend.receivedCode ?? undefined;
  fields.close_to_backend = backend.sentCode ?? undefined;
  fields.bytes_from_client = client.bytes;
  fields.bytes_from_backend = backend.bytes;
  fields.messages_from_client = client.messages;
  fields.messages_from_backend = backend.messages;
  fields.control_frames_from_client = client.controlFrames;
  fields.control_frames_from_backend = backend.controlFrames;
  if (client.roundTripMs !== null) fields.client_round_trip_ms = milliseconds(client.roundTripMs);
  if (backend.roundTripMs !== null) fields.backend_round_trip_ms = milliseconds(backend.roundTripMs);
  if (client.frameCut) fields.client_frame_cut = true;
  if (backend.frameCut) fields.backend_frame_cut = true;
}

const SWITCHING_PROTOCOLS = 101;

function logTunnelRefused(log: Log, exchange: Exchange, outcome: Outcome): void {
  const { error } = outcome;
  const level = error?.traits.level ?? 'info';
  if (!isWritten(log, level)) return;
  const fields: Fields = { cause: error === null ? 'answered' : error.code };
  if (error !== null) addFailure(fields, error);
  addExchange(fields, exchange);
  addOutcome(fields, outcome);
  log.write(level, 'tunnel refused', fields);
}

function addFailure(fields: Fields, error: ProxyError): void {
  const { side, phase, title } = error.traits;
  const { cause } = error;
  fields.code = error.code;
  fields.side = side;
  fields.phase = phase;
  if (error.message !== title) fields.detail = error.message;
  if (cause instanceof Error && cause.message !== error.message) fields.reason = cause.message;
}

function addExchange(fields: Fields, exchange: Exchange): void {
  const { head, facts } = exchange.request;
  fields.request_id = exchange.id;
  fields.kind = exchange.kind;
  fields.method = head.method;
  fields.host = facts.host;
  fields.path = redactQuery(facts.target.rawPath + facts.target.query);
  fields.client = exchange.client.address;
  // Who the client has proved to be.
  const { tls } = exchange.client;
  if (tls?.subject) fields.client_subject = tls.subject;
  if (exchange.user !== null) fields.user = exchange.user;
  if (exchange.route !== null) fields.route = exchange.route.name;
  if (exchange.serviceName !== null) fields.service = exchange.serviceName;
}

function addOutcome(fields: Fields, outcome: Outcome): void {
  addTries(fields, outcome.tries);
  fields.tries = outcome.tries.length;
  fields.status = outcome.status;
  fields.duration_ms = milliseconds(outcome.durationMs);
  fields.request_bytes = outcome.requestBytes;
  fields.response_bytes = outcome.responseBytes;
}

/** The last backend, and where there were several each with its cause. */
function addTries(fields: Fields, tries: Outcome['tries']): void {
  const backend = tries.at(-1)?.backend;
  if (backend !== undefined) fields.backend = backend;
  if (tries.length > 1) fields.tried = triesAsFields(tries);
}

/** To the microsecond. */
function milliseconds(durationMs: number): number {
  return Math.round(durationMs * 1000) / 1000;
}
