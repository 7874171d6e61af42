import { z } from 'zod';
import type { Exchange } from '../exchange/exchange.js';
import { triesAsFields } from '../exchange/outcome.js';
import { REDACTED, redactQuery } from '../exchange/redact.js';
import { isToken } from '../protocol/http1/character-classes.js';
import type { HeaderList } from '../protocol/http1/header-list.js';
import { compileJsonMembers, type JsonValue } from './json-members.js';

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

/** What a line is made from. Sizes are body bytes as framed. */
export interface LogSource {
  readonly exchange: Exchange;
  readonly responseHeaders: HeaderList | null;
  readonly status: number;
  readonly durationMs: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
}

/** Makes the fields of a line: members of a JSON object. */
export type LogLine = (source: LogSource) => string;

/** @param secrets names of header fields and query parameters, in lower case, whose values are not written */
export function compileLogLine(fields: readonly string[], secrets: ReadonlySet<string>): LogLine {
  const names = [...new Map(fields.map((field) => [field.toLowerCase(), field]))];
  const runs: { name: string; read: Reader }[][] = [];
  let steady: { name: string; read: Reader }[] = [];
  for (const [name, field] of names) {
    const member = { name, read: readerOf(field, secrets) };
    if (isLogField(name) && !VARYING.has(name)) {
      if (steady.length === 0) runs.push(steady);
      steady.push(member);
    } else {
      runs.push([member]);
      steady = [];
    }
  }
  const parts = runs.map(compileJsonMembers);
  return (source) => {
    let line = REQUEST_ID + source.exchange.id + QUOTE;
    for (let index = 0; index < parts.length; index++) line += (parts[index] as (typeof parts)[number])(source);
    const { tries } = source.exchange;
    return tries.length > 1 ? `${line},"tried":${JSON.stringify(triesAsFields(tries))}` : line;
  };
}

/** An exchange's id has no character that JSON would have to escape. */
const REQUEST_ID = '"request_id":"';
const QUOTE = '"';

/** What hardly two lines say alike, as header fields. Neighbours of other kinds are compared one by one, and written as one. */
const VARYING: ReadonlySet<string> = new Set<LogField>([
  'path',
  'duration_ms',
  'request_bytes',
  'response_bytes',
  'user_agent',
  'referer',
]);

type Reader = (source: LogSource) => JsonValue;

function isLogField(text: string): text is LogField {
  return (LOG_FIELDS as readonly string[]).includes(text);
}

function readerOf(field: string, secrets: ReadonlySet<string>): Reader {
  if (!isLogField(field)) return headerReader(field, secrets);
  if (field === 'path') return ({ exchange }) => pathOf(exchange, secrets);
  if (field === 'referer') return (source) => withoutSecrets(requestField(source, 'referer'), secrets);
  return READERS[field];
}

function headerReader(field: string, secrets: ReadonlySet<string>): Reader {
  const [, side, name = ''] = HEADER_FIELD.exec(field) ?? [];
  const secret = secrets.has(name.toLowerCase());
  return ({ exchange, responseHeaders }) => {
    const headers = side === 'request' ? exchange.request.head.headers : responseHeaders;
    const value = headers?.getAll(name).join(', ');
    if (value === undefined || !headers?.has(name)) return null;
    return secret ? REDACTED : redactQuery(value, secrets);
  };
}

const requestField = ({ exchange }: LogSource, name: string): string | undefined => {
  return exchange.request.head.headers.get(name);
};

function pathOf({ request }: Exchange, secrets: ReadonlySet<string>): string {
  const { rawPath, query } = request.facts.target;
  return query === '' ? rawPath : redactQuery(rawPath + query, secrets);
}

function withoutSecrets(text: string | undefined, secrets: ReadonlySet<string>): string | undefined {
  return text === undefined ? undefined : redactQuery(text, secrets);
}

const READERS: Readonly<Record<Exclude<LogField, 'path' | 'referer'>, Reader>> = {
  method: ({ exchange }) => exchange.request.head.method,
  host: ({ exchange }) => exchange.request.facts.host,
  status: ({ status }) => status,
  duration_ms: ({ durationMs }) => Math.round(durationMs * 1000) / 1000,
  request_bytes: ({ requestBytes }) => requestBytes,
  response_bytes: ({ responseBytes }) => responseBytes,
  route: ({ exchange }) => exchange.route?.name,
  service: ({ exchange }) => exchange.serviceName,
  backend: ({ exchange }) => exchange.tries.at(-1)?.backend,
  tries: ({ exchange }) => exchange.tries.length,
  client: ({ exchange }) => exchange.client.address,
  peer: ({ exchange }) => exchange.client.peerAddress,
  user: ({ exchange }) => exchange.user,
  kind: ({ exchange }) => exchange.kind,
  events: ({ exchange }) => (exchange.events > 0 ? exchange.events : null),
  user_agent: (source) => requestField(source, 'user-agent'),
  scheme: ({ exchange }) => exchange.request.scheme,
  tls_version: ({ exchange }) => exchange.client.tls?.protocol,
  tls_cipher: ({ exchange }) => exchange.client.tls?.cipher,
  tls_server_name: ({ exchange }) => exchange.client.tls?.serverName,
  client_subject: ({ exchange }) => exchange.client.tls?.subject,
  port: ({ exchange }) => exchange.request.listenerPort,
};
