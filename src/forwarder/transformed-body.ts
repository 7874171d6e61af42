import type { BodyReader } from '../connection/body-reader.js';
import type { BodySink } from '../exchange/body.js';
import type { MakeTransforms } from '../exchange/body-transform.js';
import type { Exchange } from '../exchange/exchange.js';
import { PayloadWriter } from '../exchange/payload-writer.js';
import type { ProxyError } from '../exchange/proxy-error.js';
import { type ChainListener, TransformChain } from '../exchange/transform-chain.js';
import type { BodyFraming } from '../protocol/http1/body-framing.js';

/** Told when a transformed body has reached the client whole, or never will. */
interface TransformedBodyListener {
  responseRelayed(): void;
  responseFailed(error: ProxyError): void;
}

/** Relays a response's payload through transforms. Its trailers end here: they speak of the bytes as they were. */
export class TransformedBody implements BodySink, ChainListener {
  readonly #body: BodyReader;
  readonly #output: PayloadWriter;
  readonly #chain: TransformChain;
  readonly #listener: TransformedBodyListener;

  /** @param framing towards the client */
  constructor(
    { writer }: Exchange,
    body: BodyReader,
    makes: readonly MakeTransforms[],
    framing: BodyFraming,
    listener: TransformedBodyListener,
  ) {
    this.#body = body;
    this.#output = new PayloadWriter(writer, framing);
    this.#listener = listener;
    this.#chain = new TransformChain(makes, this);
  }

  start(): void {
    this.#body.start(this, true);
  }

  /** The client takes bytes again. */
  resume(): void {
    this.#chain.resume();
  }

  /** Idempotent. */
  destroy(): void {
    this.#chain.destroy();
  }

  onBodyBytes(bytes: Buffer, from: number, to: number): boolean {
    return this.#chain.push(Buffer.from(bytes.subarray(from, to)));
  }

  onBodyEnd(): void {
    this.#chain.end();
  }

  onBodyFailed(error: ProxyError): void {
    this.#chain.destroy();
    this.#listener.responseFailed(error);
  }

  transformed(bytes: Buffer): boolean {
    return this.#output.write(bytes);
  }

  transformedWhole(): void {
    this.#output.end();
    this.#listener.responseRelayed();
  }

  transformFailed(error: ProxyError): void {
    this.#listener.responseFailed(error);
  }

  chainWritable(): void {
    this.#body.resume();
  }
}
