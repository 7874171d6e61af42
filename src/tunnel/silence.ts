import type { TunnelPolicy } from '../exchange/tunnel-policy.js';
import { type EndingCode, inSeconds } from './endings.js';
import type { TunnelLeg } from './tunnel-leg.js';

/** Why a side counts as dead. */
export interface Death {
  readonly code: EndingCode;
  readonly detail: string;
}

/** Asked at each sweep: whether a side takes nothing, or says nothing. Pings the one that is silent. */
export function deathOf(leg: TunnelLeg, policy: TunnelPolicy, nowMs: number): Death | null {
  const { side, channel } = leg;
  const { writeTimeoutMs, pingIntervalMs, pongTimeoutMs, readTimeoutMs } = policy;
  const stalledMs = leg.progress.stalledMs(channel, nowMs);
  if (writeTimeoutMs > 0 && stalledMs >= writeTimeoutMs) {
    return { code: `${side}-write-timeout`, detail: `nothing taken for ${inSeconds(writeTimeoutMs)}` };
  }
  // A Close was sent or came: what is still to be said has its own time.
  if (!leg.open || leg.closeReceived || !isSilent(leg)) return null;
  const unanswered = `no byte within ${inSeconds(pongTimeoutMs)} after a ping`;
  return {
    code: `${side}-silent`,
    detail: pingIntervalMs > 0 ? unanswered : `no byte for ${inSeconds(readTimeoutMs)}`,
  };
}

function isSilent(leg: TunnelLeg): boolean {
  const { heartbeat, channel } = leg;
  if (!leg.expected) {
    heartbeat.restart();
    return false;
  }
  const verdict = heartbeat.judge(leg.activeAtMs);
  // A ping of ours waits for the end of the frame that is half through to this side.
  if (verdict === 'ping-due' && (heartbeat.askedByEndpoint || leg.other.scanner.atFrameBoundary)) {
    const ping = heartbeat.ask(leg.side === 'backend');
    if (ping !== null) channel.write(ping, 0, ping.length);
  }
  return verdict === 'dead';
}
