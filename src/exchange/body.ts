import type { BodyFraming } from '../protocol/http1/body-framing.js';
import type { ProxyError } from './proxy-error.js';

/** Takes a body as it is relayed: bytes and rewritten framing, in the order of the wire. */
export interface BodySink {
  /** `bytes[from, to)` are valid during the call only. False: congested, the source pauses until `resume()`. */
  onBodyBytes(bytes: Buffer, from: number, to: number): boolean;
  /** The body was told whole. Nothing follows. */
  onBodyEnd(): void;
  /** The body will never be whole. Nothing follows. */
  onBodyFailed(error: ProxyError): void;
}

/** The body of a request: opaque, relayed with the framing it came in. */
export interface RequestBody {
  readonly framing: BodyFraming;
  /** True once the last byte was told to the sink. */
  readonly complete: boolean;
  /** Body bytes seen, framing included. */
  readonly bytesSeen: number;
  /** Begins to tell the sink, at once with what is at hand. Called once at most. */
  start(sink: BodySink): void;
  /** Stops telling the sink until `resume()`. */
  pause(): void;
  /** Lets it have so much payload; one that passes it fails as `body-too-large`. The least that was said counts. */
  limit(maxPayloadBytes: number): void;
  resume(): void;
}
