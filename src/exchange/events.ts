import type { Exchange } from './exchange.js';
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

/** How much a tunnel relayed. */
export interface TunnelTotals {
  readonly bytesToClient: number;
  readonly bytesToBackend: number;
  readonly durationMs: number;
}

/** What side wings (logs, later metrics and the tracker) are told. Listeners never block and never throw. */
export interface ProxyEvents {
  requestRefused(refusal: Refusal): void;
  exchangeEnded(exchange: Exchange, outcome: Outcome): void;
  tunnelOpened(exchange: Exchange): void;
  tunnelClosed(exchange: Exchange, outcome: Outcome, totals: TunnelTotals): void;
  /** An accepted connection was closed at once because of `max_connections`. */
  connectionRefused(listenerPort: number, limit: number): void;
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
    tunnelOpened(exchange) {
      first.tunnelOpened(exchange);
      second.tunnelOpened(exchange);
    },
    tunnelClosed(exchange, outcome, totals) {
      first.tunnelClosed(exchange, outcome, totals);
      second.tunnelClosed(exchange, outcome, totals);
    },
    connectionRefused(listenerPort, limit) {
      first.connectionRefused(listenerPort, limit);
      second.connectionRefused(listenerPort, limit);
    },
  };
}
