import type { BodyScanner, BodySpans } from './body-scanner.js';

/** Follows a body of a known length (RFC 9112 section 6.2). */
export class LengthScanner implements BodyScanner {
  payloadBytes = 0;
  readonly #bytes: number;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.payloadBytes === this.#bytes;
  }

  scan(bytes: Buffer, from: number, to: number, spans: BodySpans): number {
    const end = Math.min(to, from + this.#bytes - this.payloadBytes);
    if (end > from) {
      this.payloadBytes += end - from;
      spans.onPayload?.(bytes, from, end);
      spans.onBytes(bytes, from, end);
    }
    return end;
  }
}
