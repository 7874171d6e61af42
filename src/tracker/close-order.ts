import { isWireCloseCode } from '../protocol/websocket/close-code.js';

/** What the clients of tunnels are told that somebody has closed. Event streams have no words for it. */
export interface CloseOrder {
  readonly code: number;
  readonly reason: string;
}

const MAX_REASON_BYTES = 123;
const GOING_AWAY = 1001;

/**
 * @param code default 1001
 * @param reason default empty
 * @throws RangeError where it cannot be sent: it says why
 */
export function closeOrder(code = GOING_AWAY, reason = ''): CloseOrder {
  if (!Number.isInteger(code) || !isWireCloseCode(code)) {
    throw new RangeError(`${code} is no code that a Close may carry: 1000 to 1014 (but 1004 to 1006), 3000 to 4999`);
  }
  if (Buffer.byteLength(reason) > MAX_REASON_BYTES) {
    throw new RangeError(`a reason has at most ${MAX_REASON_BYTES} bytes`);
  }
  return { code, reason };
}
