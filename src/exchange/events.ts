import type { BackendChange } from './backend-change.js';
import type { HandshakeFailure } from './client-tls.js';
import type { Exchange } from './exchange.js';
import type { OpenConnection } from './open-connection.js';
import type { Outcome } from './outcome.js';
import type { ProxyError } from './proxy-error.js';

/** A request that was refused before it became an exchange. */
export interface Refusal {
  readonly id: string;
  readonly peerAddress: string;
  readonly port: number;
  readonly listenerPort: number;
  readonly error: ProxyError;
  /** 0 where nothing could be answered. */
  readonly status: number;
}

/** One side of a tunnel that has closed. */
export interface LegReport {
  /** The code of the Close that came from this side: 1005 where it had none; null: none came. */
  readonly receivedCode: number | null;
  /** The code of the Close that went to this side, from the peer or from us; likewise. One that was lost did not go. */
  readonly sentCode: number | null;
  /** Bytes from this side that were relayed. */
  readonly bytes: number;
  /** Whole data messages from this side. */
  readonly messages: number;
  /** Pings, pongs and Closes; those included that answer ours. */
  readonly controlFrames: number;
  readonly pings: number;
  readonly pongs: number;
  /** The last answer to a ping of ours, in milliseconds; null: none came. */
  readonly roundTripMs: number | null;
  /** What went to this side broke off: inside a frame, or with bytes that still waited for it and were lost. */
  readonly frameCut: boolean;
  /** When it last sent something, on the coarse clock. */
  readonly activeAtMs: number;
}

/** How a tunnel went. */
export interface TunnelReport {
  /** Who ended it: the side that closed or failed first, or the proxy. */
  readonly closedBy: 'client' | 'backend' | 'proxy';
  /** Of the first Close that was received or sent: 1005 where it had none; 1006: there was no Close. */
  readonly code: number;
  readonly durationMs: number;
  readonly client: LegReport;
  readonly backend: LegReport;
}

/** A data message that went through a tunnel. */
export interface RelayedMessage {
  readonly from: 'client' | 'backend';
  readonly binary: boolean;
  /** The payloads of its frames, as on the wire. */
  readonly bytes: number;
  /** How long it was in the proxy because it was too fast, or its receiver too slow; 0: it went on in the same tick. */
  readonly waitedMs: number;
}

/** What side wings (logs, later metrics and the tracker) are told. Listeners never block and never throw. */
export interface ProxyEvents {
  requestRefused(refusal: Refusal): void;
  exchangeEnded(exchange: Exchange, outcome: Outcome): void;
  tunnelOpened(exchange: Exchange, tunnel: OpenConnection): void;
  tunnelClosed(exchange: Exchange, outcome: Outcome, report: TunnelReport): void;
  /** Only of tunnels whose policy wants a line per message. */
  messageRelayed?(exchange: Exchange, message: RelayedMessage): void;
  /** The head of an event stream was sent; `exchangeEnded` follows. */
  streamOpened?(exchange: Exchange, stream: OpenConnection): void;
  /** An accepted connection was closed at once because of `max_connections`. */
  connectionRefused(listenerPort: number, limit: number): void;
  /** A TLS connection never came to its first request: whoever scans the net is one. */
  handshakeFailed?(failure: HandshakeFailure): void;
  backendChanged?(change: BackendChange): void;
}

/** Tells two wings, the first one first. */
export function tellBoth(first: ProxyEvents, second: ProxyEvents): ProxyEvents {
  return {
    requestRefused(refusal) {
      first.requestRefused(refusal);
      second.requestRefused(refusal);
    },
    exchangeEnded(exchange, outcome) {
      first.exchangeEnded(exchange, outcome);
      second.exchangeEnded(exchange, outcome);
    },
    tunnelOpened(exchange, tunnel) {
      first.tunnelOpened(exchange, tunnel);
      second.tunnelOpened(exchange, tunnel);
    },
    tunnelClosed(exchange, outcome, report) {
      first.tunnelClosed(exchange, outcome, report);
      second.tunnelClosed(exchange, outcome, report);
    },
    connectionRefused(listenerPort, limit) {
      first.connectionRefused(listenerPort, limit);
      second.connectionRefused(listenerPort, limit);
    },
    messageRelayed(exchange, message) {
      first.messageRelayed?.(exchange, message);
      second.messageRelayed?.(exchange, message);
    },
    streamOpened(exchange, stream) {
      first.streamOpened?.(exchange, stream);
      second.streamOpened?.(exchange, stream);
    },
    handshakeFailed(failure) {
      first.handshakeFailed?.(failure);
      second.handshakeFailed?.(failure);
    },
    backendChanged(change) {
      first.backendChanged?.(change);
      second.backendChanged?.(change);
    },
  };
}
