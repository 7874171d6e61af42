import { closeMeaning } from './close-meaning.js';
import { paint, type Terminal } from './terminal.js';
import type { WsOptions } from './ws-options.js';
import { printable, showPayload } from './ws-payload.js';

export interface WsOpening {
  readonly subprotocol: string;
  readonly extensions: string;
  readonly handshakeMs: number;
}

export interface WsRefusal {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface WsEnd {
  readonly code: number;
  readonly reason: string;
  /** Whose Close came first; null: there was none. */
  readonly by: 'client' | 'server' | null;
  readonly clean: boolean;
  readonly openMs: number;
  readonly roundTripsMs: readonly number[];
}

/** Tells what happens to a socket. */
export interface WsReporter {
  opened(opening: WsOpening): void;
  /** @param written called when the message is out, or with the error that kept it */
  message(payload: Buffer, binary: boolean, written: (error?: Error | null) => void): void;
  /** A ping of the server's; it was answered. */
  pinged(payload: Buffer): void;
  ponged(roundTripMs: number): void;
  refused(refusal: WsRefusal): void;
  closed(end: WsEnd): void;
  /** Something went wrong; the socket may live on. */
  failed(text: string): void;
}

/** Messages to standard output, everything else to standard error; or, with `--json`, every event to the former. */
export function createWsReporter(settings: WsOptions, terminal: Terminal): WsReporter {
  return settings.json ? jsonReporter(settings, terminal) : textReporter(settings, terminal);
}

function textReporter(settings: WsOptions, terminal: Terminal): WsReporter {
  const dim = (text: string) => terminal.error(paint(terminal.color.error, 'dim', text));
  const failed = (text: string) => terminal.error(`${paint(terminal.color.error, 'red', 'error:')} ${text}`);
  return {
    opened({ subprotocol, extensions, handshakeMs }) {
      const agreed = [
        ...(subprotocol === '' ? [] : [`subprotocol ${subprotocol}`]),
        ...(extensions === '' ? [] : [`extensions ${extensions}`]),
      ];
      dim([`open: ${settings.url.href} in ${shown(handshakeMs)} ms`, ...agreed].join(', '));
    },
    message(payload, _binary, written) {
      terminal.write(
        Buffer.concat([showPayload(payload, settings.hex, terminal.interactive), Buffer.from('\n')]),
        written,
      );
    },
    pinged(payload) {
      dim(`ping from the server: ${payload.length} bytes, answered`);
    },
    ponged(roundTripMs) {
      dim(`round trip: ${shown(roundTripMs)} ms`);
    },
    refused({ status, statusText, headers, body }) {
      const requestId = headers['x-request-id'];
      failed(`the handshake was refused: ${status} ${statusText}`.trimEnd());
      if (requestId !== undefined) terminal.error(`x-request-id: ${printable(String(requestId))}`);
      if (body !== '') terminal.error(printable(body).trimEnd());
    },
    closed(end) {
      const { code, by, openMs, roundTripsMs } = end;
      if (roundTripsMs.length > 0) dim(`round trips: ${describeRoundTrips(roundTripsMs)}`);
      const reason = end.reason === '' ? '' : ` "${printable(end.reason)}"`;
      const who = by === null ? '' : `, by the ${by}`;
      dim(`closed: ${code}${reason} (${closeMeaning(code)})${who}, after ${shown(openMs / 1000)} s`);
      if (code === 1006) dim(HINT);
    },
    failed,
  };
}

const HINT = 'Nobody said why. docs/why-did-my-socket-close.md lists what it may be and where to look.';

function jsonReporter(settings: WsOptions, terminal: Terminal): WsReporter {
  const tell = (event: string, fields: object, written: (error?: Error | null) => void = () => {}) => {
    terminal.write(Buffer.from(`${JSON.stringify({ event, ...fields })}\n`), written);
  };
  return {
    opened({ subprotocol, extensions, handshakeMs }) {
      const handshake_ms = rounded(handshakeMs);
      tell('open', { url: settings.url.href, status: 101, subprotocol, extensions, handshake_ms });
    },
    message(payload, binary, written) {
      const shownAs = binary || settings.hex ? { hex: payload.toString('hex') } : { text: payload.toString() };
      tell('message', { opcode: binary ? 'binary' : 'text', bytes: payload.length, ...shownAs }, written);
    },
    pinged(payload) {
      tell('ping', { bytes: payload.length });
    },
    ponged(roundTripMs) {
      tell('pong', { round_trip_ms: rounded(roundTripMs) });
    },
    refused({ status, statusText, headers, body }) {
      tell('refused', { status, status_text: statusText, headers, body });
    },
    closed({ code, reason, by, clean, openMs }) {
      tell('close', { code, reason, by, clean, open_ms: rounded(openMs) });
    },
    failed(text) {
      tell('error', { message: text });
    },
  };
}

function describeRoundTrips(all: readonly number[]): string {
  const sorted = [...all].sort((a, b) => a - b);
  const at = (share: number) => shown(sorted[Math.floor((sorted.length - 1) * share)] ?? 0);
  return `${sorted.length}, least ${at(0)} ms, median ${at(0.5)} ms, most ${at(1)} ms`;
}

/** To the microsecond. */
function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}

function shown(value: number): string {
  return value.toFixed(value < 10 ? 2 : 0);
}
