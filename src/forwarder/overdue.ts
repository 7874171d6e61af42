import { ProxyError } from '../exchange/proxy-error.js';
import type { RoutePolicy } from '../exchange/route.js';

export type ForwardingStep = 'leasing' | 'waiting' | 'connecting' | 'sent' | 'responding' | 'over';

/** Where a forwarding stands in time: all on the coarse clock, in milliseconds. */
export interface ForwardingTimes {
  readonly step: ForwardingStep;
  readonly stepAtMs: number;
  /** Of a WebSocket handshake, up to its 101; null elsewhere, and where the backend answered with something else. */
  readonly handshakeEndsAtMs: number | null;
  /** When the backend last sent something. */
  readonly backendAtMs: number;
  /** When it last sent a 1xx. */
  readonly informedAtMs: number;
  /** When the client last sent some of its body. */
  readonly requestAtMs: number;
  /** True while the backend's body is being read: not while the client is congested. */
  readonly responseWanted: boolean;
  readonly eventStream: boolean;
  /** For how long the backend has taken nothing although bytes wait. */
  readonly stalledMs: number;
}

/** What a forwarding fails with because of the time it took; null while all is well. A timeout of 0 is none. */
export function overdue(times: ForwardingTimes, policy: RoutePolicy, nowMs: number): ProxyError | null {
  const { step } = times;
  const inStepMs = nowMs - times.stepAtMs;
  if (times.handshakeEndsAtMs !== null && step !== 'over' && nowMs >= times.handshakeEndsAtMs) {
    // Nobody was slow: there was no room. The client learns when to come back.
    return new ProxyError(step === 'waiting' ? 'pool-exhausted' : 'handshake-timeout');
  }
  switch (step) {
    case 'waiting':
      return reached(inStepMs, policy.dialTimeoutMs, 'pool-exhausted', 'no room within');
    case 'connecting':
      return reached(inStepMs, policy.dialTimeoutMs, 'connect-timeout', 'not connected within');
    case 'sent': {
      // Not by its last byte: a head that comes byte by byte would never be late.
      const quietMs = nowMs - Math.max(times.stepAtMs, times.informedAtMs, times.requestAtMs);
      return stalled(times, policy) ?? reached(quietMs, policy.readTimeoutMs, 'response-timeout', 'silent for');
    }
    case 'responding': {
      const late = stalled(times, policy);
      if (late !== null || !times.responseWanted) return late;
      const silentMs = nowMs - times.backendAtMs;
      if (times.eventStream) return reached(silentMs, policy.sseIdleTimeoutMs, 'stream-idle-timeout', 'silent for');
      return reached(silentMs, policy.readTimeoutMs, 'response-timeout', 'silent for');
    }
    default:
      return null;
  }
}

function stalled(times: ForwardingTimes, policy: RoutePolicy): ProxyError | null {
  return reached(times.stalledMs, policy.writeTimeoutMs, 'backend-write-timeout', 'nothing taken for');
}

function reached(
  elapsedMs: number,
  limitMs: number,
  code: 'pool-exhausted' | 'connect-timeout' | 'response-timeout' | 'stream-idle-timeout' | 'backend-write-timeout',
  what: string,
): ProxyError | null {
  return limitMs > 0 && elapsedMs >= limitMs ? new ProxyError(code, `${what} ${limitMs / 1000} s`) : null;
}
