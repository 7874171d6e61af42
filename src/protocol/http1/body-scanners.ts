import type { BodyFraming } from './body-framing.js';
import type { BodyScanner } from './body-scanner.js';
import { ChunkedScanner } from './chunked-scanner.js';
import { LengthScanner } from './length-scanner.js';
import { UntilCloseScanner } from './until-close-scanner.js';

/**
 * The scanner for a body framed so; for no body, one that is done at once.
 * @param payloadOnly tells payload without chunk framing and trailers, for a peer that knows no chunks
 */
export function createBodyScanner(framing: BodyFraming, payloadOnly = false): BodyScanner {
  switch (framing.kind) {
    case 'none':
      return new LengthScanner(0);
    case 'length':
      return new LengthScanner(framing.bytes);
    case 'chunked':
      return new ChunkedScanner({ payloadOnly });
    case 'until-close':
      return new UntilCloseScanner();
  }
}
