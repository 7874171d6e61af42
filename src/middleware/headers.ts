import { z } from 'zod';
import type { Exchange } from '../exchange/exchange.js';
import type { MiddlewareType } from '../exchange/middleware.js';
import type { HeaderList } from '../protocol/http1/header-list.js';
import { fieldName, fieldNameFault, ownedFieldName } from './field-name.js';
import { compileFieldTemplate, type FieldTemplate, fieldTemplateFault } from './field-template.js';

const fieldValues = z.record(z.string(), z.string()).superRefine((fields, context) => {
  for (const [name, value] of Object.entries(fields)) {
    const fault = fieldNameFault(name) ?? fieldTemplateFault(value);
    if (fault !== null) context.addIssue({ code: 'custom', input: value, path: [name], message: fault });
  }
});

const changes = z
  .strictObject({
    set: fieldValues.prefault({}).describe('Replaces a field, whatever it held. A placeholder without value drops it.'),
    add: fieldValues.prefault({}).describe('Appends a field line beside those that are there.'),
    remove: z.array(fieldName).prefault([]).describe('Drops every line of a field; goes first.'),
  })
  .prefault({});

const optionsSchema = z
  .strictObject({
    request: changes.describe('Towards the backend. Values may hold {client_ip}, {user} and {request_id}.'),
    response: changes.describe('Towards the client. Values may hold {client_ip}, {user} and {request_id}.'),
  })
  .describe(
    "Sets, adds and removes header fields of requests, responses and handshakes. Fields that frame or end at a hop are the proxy's own: naming one is an error, as is `Host` (`proxy_host` of the service sets it).",
  );

/** Sets, adds and removes header fields of requests and responses. */
export const headers: MiddlewareType<z.infer<typeof optionsSchema>> = {
  type: 'headers',
  optionsSchema,
  create(name, options) {
    const request = compileChanges(options.request);
    const response = compileChanges(options.response);
    const { set, add } = options.request;
    return {
      name,
      ownedRequestFields: [...new Set([...Object.keys(set), ...Object.keys(add)].map(ownedFieldName))],
      onRequest(exchange) {
        applyChanges(request, exchange, exchange.backendRequest.headers);
      },
      onResponse(exchange, head) {
        applyChanges(response, exchange, head.headers);
      },
    };
  },
};

interface FieldChange {
  /** The name in lower case. */
  readonly lower: string;
  readonly line: FieldTemplate;
}

interface Changes {
  readonly set: readonly FieldChange[];
  readonly add: readonly FieldChange[];
  /** Names in lower case. */
  readonly remove: readonly string[];
}

function compileChanges(options: z.infer<typeof changes>): Changes {
  const compiled = (fields: Readonly<Record<string, string>>) =>
    Object.entries(fields).map(([name, value]) => ({
      lower: name.toLowerCase(),
      line: compileFieldTemplate(name, value),
    }));
  const remove = options.remove.map((name) => name.toLowerCase());
  return { set: compiled(options.set), add: compiled(options.add), remove };
}

function applyChanges(changed: Changes, exchange: Exchange, fields: HeaderList): void {
  for (const lower of changed.remove) fields.deleteKnown(lower);
  for (const { lower, line } of changed.set) {
    const made = line(exchange);
    if (made === null) fields.deleteKnown(lower);
    else fields.setLine(made);
  }
  for (const { line } of changed.add) {
    const made = line(exchange);
    if (made !== null) fields.appendLine(made);
  }
}
