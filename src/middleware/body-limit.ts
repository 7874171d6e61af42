import { z } from 'zod';
import { size } from '../config/schema-size.js';
import type { Exchange } from '../exchange/exchange.js';
import type { MiddlewareType } from '../exchange/middleware.js';
import { ProxyError } from '../exchange/proxy-error.js';

const optionsSchema = z
  .strictObject({
    max: size({ min: 1 }).describe(
      'Of a request body, without its framing; over it: 413. It never lets in more than `advanced.security.max_body_size`: the stricter counts.',
    ),
  })
  .describe(
    'Refuses request bodies that are too large with 413: by what they announce, before a backend is dialled, or when they pass the limit.',
  );

/** Refuses request bodies that are too large: by what they announce, or when they pass the limit. */
export const bodyLimit: MiddlewareType<z.infer<typeof optionsSchema>> = {
  type: 'body_limit',
  optionsSchema,
  create(name, { max }) {
    const judge = ({ request }: Exchange): void => {
      const { framing } = request.facts;
      if (framing.kind !== 'length' || framing.bytes <= max) return;
      throw new ProxyError('body-too-large', `${name}: ${framing.bytes} bytes are announced, max is ${max}`);
    };
    return {
      name,
      judge,
      onRequest(exchange) {
        judge(exchange);
        exchange.request.body.limit(max);
      },
    };
  },
};
