import { z } from 'zod';
import type { MiddlewareType } from '../exchange/middleware.js';
import { fieldName, ownedFieldName } from './field-name.js';

const optionsSchema = z
  .strictObject({
    header: fieldName.prefault('X-Request-Id').describe("The field that carries the exchange's id."),
    generator: z.literal('uuid').prefault('uuid').describe('How ids are made.'),
  })
  .describe('Sends the id of the exchange, by which log lines name it, to the backend and to the client.');

/** Names the field for the exchange's id towards the backend, and sets it on the response too. */
export const requestId: MiddlewareType<z.infer<typeof optionsSchema>> = {
  type: 'request_id',
  optionsSchema,
  create(name, { header }) {
    return {
      name,
      ownedRequestFields: [ownedFieldName(header)],
      onRequest(exchange) {
        exchange.backendRequest.headers.set(header, exchange.id);
      },
      onResponse(exchange, head) {
        head.headers.set(header, exchange.id);
      },
    };
  },
};
