import type { LegReport, TunnelReport } from '../exchange/events.js';
import type { LegView } from '../exchange/open-connection.js';
import type { TunnelLeg } from './tunnel-leg.js';

/** What is told of a tunnel when it has closed. */
export function reportOf(
  client: TunnelLeg,
  backend: TunnelLeg,
  how: Pick<TunnelReport, 'closedBy' | 'code' | 'durationMs'>,
): TunnelReport {
  return { ...how, client: legReport(client), backend: legReport(backend) };
}

function legReport(leg: TunnelLeg): LegReport {
  return {
    receivedCode: leg.closeReceived ? (leg.receivedCode ?? 1005) : null,
    sentCode: leg.closeSent === 'none' || leg.lost ? null : (leg.sentCode ?? 1005),
    bytes: leg.relayedBytes,
    messages: leg.scanner.messages,
    controlFrames: leg.scanner.controlFrames,
    pings: leg.scanner.pings,
    pongs: leg.scanner.pongs,
    roundTripMs: leg.heartbeat.roundTripMs,
    frameCut: leg.frameCut === true || leg.lost,
    activeAtMs: leg.activeAtMs,
  };
}

/** One side as it is right now. */
export function viewOf(leg: TunnelLeg, nowMs: number): LegView {
  const { scanner, channel } = leg;
  return {
    bytes: leg.relayedBytes,
    messages: scanner.messages,
    pings: scanner.pings,
    pongs: scanner.pongs,
    silentMs: nowMs - leg.activeAtMs,
    roundTripMs: leg.heartbeat.roundTripMs,
    congested: channel.congested,
    queuedBytes: channel.queuedBytes,
  };
}
