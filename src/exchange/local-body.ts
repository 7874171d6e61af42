import type { BodyFraming } from '../protocol/http1/body-framing.js';
import type { MakeTransforms } from './body-transform.js';
import type { Exchange } from './exchange.js';
import { PayloadWriter } from './payload-writer.js';
import type { ProxyError } from './proxy-error.js';
import type { ResponseWatcher } from './response-writer.js';
import { type ChainListener, TransformChain } from './transform-chain.js';

/** The body of a response of our own on its way through transforms. */
export class LocalBody implements ChainListener, ResponseWatcher {
  readonly #exchange: Exchange;
  readonly #output: PayloadWriter;
  readonly #chain: TransformChain;
  readonly #outcome: ProxyError | null;

  /** @param outcome what the exchange ends with once all is written */
  constructor(exchange: Exchange, makes: readonly MakeTransforms[], framing: BodyFraming, outcome: ProxyError | null) {
    this.#exchange = exchange;
    this.#output = new PayloadWriter(exchange.writer, framing);
    this.#outcome = outcome;
    this.#chain = new TransformChain(makes, this);
  }

  start(body: Buffer): void {
    const { release, writer } = this.#exchange;
    this.#exchange.release = () => {
      release?.();
      this.#chain.destroy();
    };
    writer.watch(this);
    // A middleware may answer with the same bytes again, and a transform owns what it takes.
    this.#chain.push(Buffer.from(body));
    this.#chain.end();
  }

  transformed(bytes: Buffer): boolean {
    return this.#output.write(bytes);
  }

  transformedWhole(): void {
    this.#output.end();
    this.#exchange.writer.endBody();
    this.#exchange.finish(this.#outcome);
  }

  transformFailed(error: ProxyError): void {
    this.#exchange.fail(error);
  }

  chainWritable(): void {}

  onClientWritable(): void {
    this.#chain.resume();
  }

  onClientLost(error: ProxyError): void {
    this.#exchange.fail(error);
  }

  sweep(): void {}
}
