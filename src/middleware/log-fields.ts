import { z } from 'zod';
import type { Exchange } from '../exchange/exchange.js';
import { REDACTED, redactQuery } from '../exchange/redact.js';
import { isToken } from '../protocol/http1/character-classes.js';
import { backendOf, type LogMember, type LogReader, routeOf } from './log-line.js';

/** What a line may say about an exchange. */
export const LOG_FIELDS = [
  'method',
  'host',
  'path',
  'status',
  'duration_ms',
  'request_bytes',
  'response_bytes',
  'route',
  'service',
  'backend',
  'tries',
  'client',
  'peer',
  'user',
  'kind',
  'events',
  'user_agent',
  'referer',
  'scheme',
  'tls_version',
  'tls_cipher',
  'tls_server_name',
  'client_subject',
  'port',
] as const;

type LogField = (typeof LOG_FIELDS)[number];

const HEADER_FIELD = /^(request|response)_header:(.+)$/;

/** One of {@link LOG_FIELDS}, or `request_header:NAME` or `response_header:NAME`. */
export const logField = z.string().superRefine((text, context) => {
  const header = HEADER_FIELD.exec(text)?.[2];
  if (header === undefined ? isLogField(text) : isToken(header)) return;
  const message =
    header === undefined
      ? `there is no field "${text}"; there is ${LOG_FIELDS.join(', ')}, request_header:NAME, response_header:NAME`
      : `"${header}" is no header name`;
  context.addIssue({ code: 'custom', input: text, message });
});

/**
 * The members of a line that says these fields.
 * @param secrets names of header fields and query parameters, in lower case, whose values are not written
 */
export function logMembers(fields: readonly string[], secrets: ReadonlySet<string>): LogMember[] {
  const names = new Map(fields.map((field) => [field.toLowerCase(), field]));
  return [...names].map(([name, field]) => ({
    name,
    read: readerOf(field, secrets),
    varies: isLogField(field) ? (VARYING.get(field) ?? 'steady') : 'anything',
  }));
}

/** What hardly two lines say alike, as header fields. */
const VARYING: ReadonlyMap<LogField, LogMember['varies']> = new Map([
  ['path', 'text'],
  ['duration_ms', 'number'],
  ['request_bytes', 'number'],
  ['response_bytes', 'number'],
  ['user_agent', 'anything'],
  ['referer', 'anything'],
]);

function isLogField(text: string): text is LogField {
  return (LOG_FIELDS as readonly string[]).includes(text);
}

function readerOf(field: string, secrets: ReadonlySet<string>): LogReader {
  if (!isLogField(field)) return headerReader(field, secrets);
  if (field === 'path') return (exchange) => pathOf(exchange, secrets);
  if (field === 'referer') return (exchange) => withoutSecrets(requestField(exchange, 'referer'), secrets);
  return READERS[field];
}

function headerReader(field: string, secrets: ReadonlySet<string>): LogReader {
  const [, side, name = ''] = HEADER_FIELD.exec(field) ?? [];
  const secret = secrets.has(name.toLowerCase());
  return (exchange, _numbers, responseHeaders) => {
    const headers = side === 'request' ? exchange.request.head.headers : responseHeaders;
    const value = headers?.getAll(name).join(', ');
    if (value === undefined || !headers?.has(name)) return null;
    return secret ? REDACTED : redactQuery(value, secrets);
  };
}

function requestField({ request }: Exchange, name: string): string | undefined {
  return request.head.headers.get(name);
}

function pathOf({ request }: Exchange, secrets: ReadonlySet<string>): string {
  const { rawPath, query } = request.facts.target;
  return query === '' ? rawPath : redactQuery(rawPath + query, secrets);
}

function withoutSecrets(text: string | undefined, secrets: ReadonlySet<string>): string | undefined {
  return text === undefined ? undefined : redactQuery(text, secrets);
}

const READERS: Readonly<Record<Exclude<LogField, 'path' | 'referer'>, LogReader>> = {
  method: (exchange) => exchange.request.head.method,
  host: (exchange) => exchange.request.facts.host,
  status: (_exchange, { status }) => status,
  duration_ms: (_exchange, { durationMs }) => Math.round(durationMs * 1000) / 1000,
  request_bytes: (_exchange, { requestBytes }) => requestBytes,
  response_bytes: (_exchange, { responseBytes }) => responseBytes,
  route: routeOf,
  service: (exchange) => exchange.serviceName,
  backend: backendOf,
  tries: (exchange) => exchange.tries.length,
  client: (exchange) => exchange.client.address,
  peer: (exchange) => exchange.client.peerAddress,
  user: (exchange) => exchange.user,
  kind: (exchange) => exchange.kind,
  events: (exchange) => (exchange.events > 0 ? exchange.events : null),
  user_agent: (exchange) => requestField(exchange, 'user-agent'),
  scheme: (exchange) => exchange.request.scheme,
  tls_version: (exchange) => exchange.client.tls?.protocol,
  tls_cipher: (exchange) => exchange.client.tls?.cipher,
  tls_server_name: (exchange) => exchange.client.tls?.serverName,
  client_subject: (exchange) => exchange.client.tls?.subject,
  port: (exchange) => exchange.request.listenerPort,
};
