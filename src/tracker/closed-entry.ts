import type { Clock } from '../exchange/clock.js';
import type { LegReport, TunnelReport } from '../exchange/events.js';
import type { OpenConnection } from '../exchange/open-connection.js';
import type { Outcome } from '../exchange/outcome.js';
import { type ConnectionTraits, connectionTraits, isoTime, milliseconds } from './connection-entry.js';

/** One side of a connection that has ended. */
export interface ClosedSide {
  /** The code of the Close that came from it: 1005 where it had none; null: none came, or it is no tunnel's. */
  readonly received_code: number | null;
  /** Of the Close that went to it, likewise. */
  readonly sent_code: number | null;
  readonly bytes: number;
  readonly messages: number;
  readonly pings: number;
  readonly pongs: number;
  readonly round_trip_ms: number | null;
  /** What went to it broke off: inside a frame, or with bytes that still waited for it and were lost. */
  readonly frame_cut: boolean;
}

/** A tunnel or event stream that has ended, for the ledger. */
export interface ClosedEntry extends ConnectionTraits {
  readonly closed_at: string;
  readonly duration_ms: number;
  /** The side that closed or failed first, or the proxy. */
  readonly ended_by: 'client' | 'backend' | 'proxy';
  /** An error code, or `closed`. */
  readonly cause: string;
  readonly sides: { readonly client: ClosedSide; readonly backend: ClosedSide };
}

export function closedTunnel(
  connection: OpenConnection,
  outcome: Outcome,
  report: TunnelReport,
  clock: Clock,
): ClosedEntry {
  const view = connection.view();
  return {
    ...ofItsOwn(connectionTraits(connection, clock, view)),
    closed_at: isoTime(clock.wallMs()),
    duration_ms: milliseconds(report.durationMs),
    ended_by: report.closedBy,
    cause: outcome.error?.code ?? 'closed',
    sides: { client: closedLeg(report.client, view.client), backend: closedLeg(report.backend, view.backend) },
  };
}

/** @param told somebody asked for its end */
export function closedStream(connection: OpenConnection, outcome: Outcome, told: boolean, clock: Clock): ClosedEntry {
  const view = connection.view();
  const { error } = outcome;
  const noCodes = { received_code: null, sent_code: null, pings: 0, pongs: 0, round_trip_ms: null, frame_cut: false };
  return {
    ...ofItsOwn(connectionTraits(connection, clock, view)),
    closed_at: isoTime(clock.wallMs()),
    duration_ms: milliseconds(clock.nowMs() - connection.openedAtMs),
    ended_by: error?.traits.side ?? (told ? 'proxy' : 'backend'),
    cause: error?.code ?? 'closed',
    sides: {
      client: { ...noCodes, bytes: outcome.requestBytes, messages: 0 },
      backend: { ...noCodes, bytes: outcome.responseBytes, messages: outcome.events },
    },
  };
}

/** What not every report says. */
interface MoreOfLeg {
  readonly pings?: number;
  readonly pongs?: number;
  readonly roundTripMs?: number | null;
  readonly frameCut?: boolean;
}

function closedLeg(report: LegReport & MoreOfLeg, view: Required<Omit<MoreOfLeg, 'frameCut'>>): ClosedSide {
  const roundTripMs = report.roundTripMs ?? view.roundTripMs;
  return {
    received_code: report.receivedCode,
    sent_code: report.sentCode,
    bytes: report.bytes,
    messages: report.messages,
    pings: report.pings ?? view.pings,
    pongs: report.pongs ?? view.pongs,
    round_trip_ms: roundTripMs === null ? null : milliseconds(roundTripMs),
    frame_cut: report.frameCut ?? false,
  };
}

/** Texts cut out of a head keep the whole head in memory: what stays for long gets its own. */
function ofItsOwn(traits: ConnectionTraits): ConnectionTraits {
  const own = (text: string): string => Buffer.from(text).toString();
  const { id, client, origin, host, path, subprotocol, extensions } = traits;
  return {
    ...traits,
    id: own(id),
    client: own(client),
    origin: origin === null ? null : own(origin),
    host: own(host),
    path: own(path),
    subprotocol: own(subprotocol),
    extensions: own(extensions),
  };
}
