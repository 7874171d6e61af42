import type { Clock } from '../exchange/clock.js';
import type { Exchange } from '../exchange/exchange.js';
import type { LegView, OpenConnection } from '../exchange/open-connection.js';
import { redactQuery } from '../exchange/redact.js';

/** Longer texts of a peer's are cut: what is shown is to tell one from another, and a thousand are kept. */
const MAX_CHARACTERS = 1024;

/** What a connection is known by, as the admin API shows it. */
export interface ConnectionTraits {
  /** As in the log, and in X-Request-Id. */
  readonly id: string;
  readonly kind: 'websocket' | 'sse';
  /** The client's address. */
  readonly client: string;
  readonly origin: string | null;
  readonly user: string | null;
  readonly host: string;
  /** As it was asked for, the values of secret query parameters left out. */
  readonly path: string;
  readonly route: string | null;
  readonly service: string | null;
  readonly backend: string | null;
  readonly revision: number;
  readonly subprotocol: string;
  readonly extensions: string;
  /** ISO 8601. */
  readonly opened_at: string;
}

/** One side of an open connection. */
export interface SideEntry {
  /** From this side. */
  readonly bytes: number;
  readonly messages: number;
  readonly pings: number;
  readonly pongs: number;
  /** When it last sent something, ISO 8601, to a quarter of a second; null: it has nothing to send. */
  readonly active_at: string | null;
  readonly round_trip_ms: number | null;
  /** It takes less than comes for it. */
  readonly congested: boolean;
  /** Bytes that wait for it. */
  readonly queued_bytes: number;
}

/** An open tunnel or event stream, as it is right now. */
export interface ConnectionEntry extends ConnectionTraits {
  readonly state: 'open' | 'closing';
  readonly sides: { readonly client: SideEntry; readonly backend: SideEntry };
}

export function connectionEntry(connection: OpenConnection, clock: Clock): ConnectionEntry {
  const view = connection.view();
  const traits = connectionTraits(connection, clock, view);
  const sides = { client: sideEntry(view.client, clock), backend: sideEntry(view.backend, clock) };
  return { ...traits, state: view.state, sides };
}

/** @param agreed what client and backend agreed on */
export function connectionTraits(
  { exchange, backendUrl, openedAtMs }: OpenConnection,
  clock: Clock,
  { subprotocol, extensions }: { readonly subprotocol: string; readonly extensions: string },
): ConnectionTraits {
  const origin = exchange.request.head.headers.get('origin');
  return {
    id: exchange.id,
    kind: exchange.kind === 'sse' ? 'sse' : 'websocket',
    client: exchange.client.address,
    origin: origin === undefined ? null : shortened(origin),
    user: exchange.user,
    host: shortened(exchange.request.facts.host),
    path: pathOf(exchange),
    route: exchange.route?.name ?? null,
    service: exchange.serviceName,
    backend: backendUrl,
    revision: exchange.revision,
    subprotocol: shortened(subprotocol),
    extensions: shortened(extensions),
    opened_at: isoTime(clock.wallMs() - (clock.nowMs() - openedAtMs)),
  };
}

export function isoTime(wallMs: number): string {
  return new Date(wallMs).toISOString();
}

/** To the microsecond. */
export function milliseconds(durationMs: number): number {
  return Math.round(durationMs * 1000) / 1000;
}

function pathOf({ request }: Exchange): string {
  const { rawPath, query } = request.facts.target;
  return shortened(redactQuery(rawPath + query));
}

function shortened(text: string): string {
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text;
}

function sideEntry(view: LegView, clock: Clock): SideEntry {
  return {
    bytes: view.bytes,
    messages: view.messages,
    pings: view.pings,
    pongs: view.pongs,
    active_at: view.silentMs === null ? null : isoTime(clock.wallMs() - view.silentMs),
    round_trip_ms: view.roundTripMs === null ? null : milliseconds(view.roundTripMs),
    congested: view.congested,
    queued_bytes: view.queuedBytes,
  };
}
