import { ProxyError } from '../exchange/proxy-error.js';
import type { BodyFraming } from '../protocol/http1/body-framing.js';

/** The refusal of a body that says at once that it is too large; null where it does not. @param maxBytes 0: no limit */
export function refuseAnnouncedBody(framing: BodyFraming, maxBytes: number): ProxyError | null {
  if (framing.kind !== 'length' || maxBytes === 0 || framing.bytes <= maxBytes) return null;
  return new ProxyError('body-too-large', `${framing.bytes} bytes are announced`);
}
