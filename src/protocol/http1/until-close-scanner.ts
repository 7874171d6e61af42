import type { BodyScanner, BodySpans } from './body-scanner.js';

/** Follows a body that ends with the connection: `done` never comes true, the peer's end is for the caller to see. */
export class UntilCloseScanner implements BodyScanner {
  readonly done = false;
  payloadBytes = 0;

  scan(bytes: Buffer, from: number, to: number, spans: BodySpans): number {
    if (to > from) {
      this.payloadBytes += to - from;
      spans.onPayload?.(bytes, from, to);
      spans.onBytes(bytes, from, to);
    }
    return to;
  }
}
