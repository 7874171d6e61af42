import type { ErrorCode } from '../exchange/proxy-error.js';
import type { TunnelPolicy } from '../exchange/tunnel-policy.js';

/** What can end a tunnel, beside the endpoints' own Close. */
export type EndingCode = Extract<
  ErrorCode,
  | 'backend-gone'
  | 'client-gone'
  | 'client-protocol-error'
  | 'backend-protocol-error'
  | 'client-message-too-big'
  | 'backend-message-too-big'
  | 'client-write-timeout'
  | 'backend-write-timeout'
  | 'client-silent'
  | 'backend-silent'
  | 'client-message-rate'
  | 'tunnel-idle'
  | 'tunnel-lifetime'
  | 'token-expired'
  | 'drained'
  | 'tunnel-killed'
>;

/** The codes of the Closes that an ending sends; null: that side gets none, it is gone or cut. */
export interface Ending {
  readonly toClient: number | null;
  readonly toBackend: number | null;
  readonly reason: string;
}

export const GOING_AWAY = 1001;
const PROTOCOL_ERROR = 1002;
const POLICY_VIOLATION = 1008;
const TOO_BIG = 1009;
const INTERNAL_ERROR = 1011;
/** Of the application's range; the middleware that knows the token may say another. */
const TOKEN_EXPIRED = 4401;

/** Which ending tells which side what (RFC 6455 section 7.4.1 for the codes). */
export function endingOf(code: EndingCode, policy: TunnelPolicy): Ending {
  switch (code) {
    case 'backend-gone':
      return { toClient: policy.badGatewayCode, toBackend: null, reason: 'backend gone' };
    case 'client-gone':
      return { toClient: null, toBackend: GOING_AWAY, reason: 'client gone' };
    case 'client-protocol-error':
      return { toClient: PROTOCOL_ERROR, toBackend: GOING_AWAY, reason: 'protocol error of the client' };
    case 'backend-protocol-error':
      return { toClient: INTERNAL_ERROR, toBackend: PROTOCOL_ERROR, reason: 'protocol error of the backend' };
    case 'client-message-too-big':
      return { toClient: TOO_BIG, toBackend: GOING_AWAY, reason: 'message too big' };
    case 'backend-message-too-big':
      return { toClient: INTERNAL_ERROR, toBackend: TOO_BIG, reason: 'message too big' };
    case 'client-write-timeout':
      return { toClient: null, toBackend: GOING_AWAY, reason: 'client takes nothing' };
    case 'backend-write-timeout':
      return { toClient: INTERNAL_ERROR, toBackend: null, reason: 'backend takes nothing' };
    case 'client-silent':
      return { toClient: null, toBackend: GOING_AWAY, reason: 'client silent' };
    case 'backend-silent':
      return { toClient: INTERNAL_ERROR, toBackend: null, reason: 'backend silent' };
    case 'client-message-rate':
      return { toClient: POLICY_VIOLATION, toBackend: GOING_AWAY, reason: 'messages too fast' };
    case 'tunnel-idle':
      return { toClient: GOING_AWAY, toBackend: GOING_AWAY, reason: `idle ${inSeconds(policy.idleTimeoutMs)}` };
    case 'tunnel-lifetime':
      return { toClient: GOING_AWAY, toBackend: GOING_AWAY, reason: `lifetime ${inSeconds(policy.maxLifetimeMs)}` };
    case 'token-expired':
      return { toClient: TOKEN_EXPIRED, toBackend: GOING_AWAY, reason: 'token expired' };
    case 'drained':
      return { toClient: policy.drainCode, toBackend: GOING_AWAY, reason: 'service restart' };
    case 'tunnel-killed':
      return { toClient: GOING_AWAY, toBackend: GOING_AWAY, reason: 'closed by an operator' };
  }
}

export function inSeconds(milliseconds: number): string {
  return `${milliseconds / 1000} s`;
}
