import type { LegReport, TunnelReport } from '../exchange/events.js';
import type { TunnelLeg } from './tunnel-leg.js';

/** What is told of a tunnel when it has closed. */
export function reportOf(
  client: TunnelLeg,
  backend: TunnelLeg,
  closedBy: TunnelReport['closedBy'],
  durationMs: number,
): TunnelReport {
  return { closedBy, durationMs, client: legReport(client), backend: legReport(backend) };
}

function legReport(leg: TunnelLeg): LegReport {
  return {
    receivedCode: leg.closeReceived ? (leg.receivedCode ?? 1005) : null,
    sentCode: leg.closeSent === 'none' ? null : (leg.sentCode ?? 1005),
    bytes: leg.relayedBytes,
    messages: leg.scanner.messages,
    controlFrames: leg.scanner.controlFrames,
    activeAtMs: leg.activeAtMs,
  };
}
