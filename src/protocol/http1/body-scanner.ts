/** Told by a body scanner what is to be relayed, in the order of the wire. */
export interface BodySpans {
  /** `bytes[from, to)` pass as they are: payload, or payload with the framing it came in. Valid during the call only. */
  onBytes(bytes: Buffer, from: number, to: number): void;
  /** Framing that is written anew (a chunk line without its extension, checked trailers). Latin-1. */
  onText(text: string): void;
  /** Where there is one: sees the payload alone, beside what is relayed. Valid during the call only. */
  readonly onPayload?: ((bytes: Buffer, from: number, to: number) => void) | undefined;
}

/** Follows one body through a byte stream and finds its end. */
export interface BodyScanner {
  /** True once the body was seen whole. */
  readonly done: boolean;
  /** Payload bytes seen so far: framing does not count. */
  readonly payloadBytes: number;
  /**
   * Scans `bytes[from, to)`, tells `spans` what to relay, and returns where it stopped: `to`, or the first byte
   * behind the body. Right for every split of the bytes.
   * @throws ProtocolError `bad-chunk` or `bad-trailers`; what came before the fault was told first
   */
  scan(bytes: Buffer, from: number, to: number, spans: BodySpans): number;
}
