import type { Exchange } from '../../../src/exchange/exchange.js';
import type { MiddlewareType } from '../../../src/exchange/middleware.js';
import type { MutableResponseHead } from '../../../src/exchange/response-head.js';
import { TransformChain } from '../../../src/exchange/transform-chain.js';
import { TestHost } from '../../support/middleware-host.js';

/** A middleware with these options as they are written, and its log. */
export function middlewareOf(type: MiddlewareType, options: object) {
  const host = new TestHost();
  const { log } = host;
  return { middleware: type.create('mine', type.optionsSchema.parse(options), host), log };
}

/** The head as a middleware of this type leaves it. */
export function headBehind(type: MiddlewareType, options: object, exchange: Exchange, head: MutableResponseHead) {
  const { middleware, log } = middlewareOf(type, options);
  void middleware.onResponse?.(exchange, head);
  return { head, log };
}

/** What comes to the client of a body that comes in these pieces. */
export function transformed(head: MutableResponseHead, pieces: readonly Buffer[]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const all: Buffer[] = [];
    const chain: TransformChain = new TransformChain(head.transforms ?? [], {
      transformed: (bytes) => {
        all.push(bytes);
        // One piece at a time: the slowest of clients.
        setImmediate(() => chain.resume());
        return false;
      },
      transformedWhole: () => resolve(Buffer.concat(all)),
      transformFailed: reject,
      chainWritable: () => {},
    });
    for (const piece of pieces) chain.push(Buffer.from(piece));
    chain.end();
  });
}
