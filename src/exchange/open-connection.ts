import type { Exchange } from './exchange.js';

/** One side of something that is open, as it is right now. */
export interface LegView {
  /** Bytes from this side that were relayed. */
  readonly bytes: number;
  /** Whole data messages from this side; of an event stream: its events, from the backend. */
  readonly messages: number;
  readonly pings: number;
  readonly pongs: number;
  /** Milliseconds since it last sent something, by the coarse clock; null: it has nothing to send. */
  readonly silentMs: number | null;
  /** The last answer to a ping of ours, in milliseconds; null: none yet. */
  readonly roundTripMs: number | null;
  /** It takes less than comes for it. */
  readonly congested: boolean;
  /** Bytes that wait for it. */
  readonly queuedBytes: number;
}

/** Something that goes on until it is told to end, as it is right now. */
export interface ConnectionView {
  readonly state: 'open' | 'closing';
  /** As agreed; empty: none. Of a tunnel only. */
  readonly subprotocol: string;
  readonly extensions: string;
  readonly client: LegView;
  readonly backend: LegView;
}

/** A tunnel or an event stream, for wings: to be looked at, and to be ended. It is told of when it opens and closes. */
export interface OpenConnection {
  /** Id, kind, client, user, request, route and service. */
  readonly exchange: Exchange;
  /** The url of its backend as written; null where it was given back. */
  readonly backendUrl: string | null;
  /** On the process's growing clock, in milliseconds. */
  readonly openedAtMs: number;
  /** Bytes that wait for either side. Cheaper than `view()`, for whoever asks thousands. */
  readonly heldBytes: number;
  /** A side takes less than comes for it. */
  readonly congested: boolean;
  /** Builds a fresh object: for whoever asks, never in the path. */
  view(): ConnectionView;
  /**
   * Ends it at the next good place, by an operator's word: 1001 or the code given to the client, 1001 to the backend. An
   * event stream ends between two events. Idempotent.
   * @param code a code that may be on the wire
   * @param reason what is over 123 bytes of UTF-8 is left away
   * @throws RangeError of a tunnel, for a code that must not be on the wire
   */
  close(code: number, reason: string): void;
}
