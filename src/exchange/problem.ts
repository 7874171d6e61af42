import { HeaderList } from '../protocol/http1/header-list.js';
import type { LocalResponse } from './exchange.js';
import type { ProxyError } from './proxy-error.js';
import { reasonPhrase } from './reason-phrase.js';

/** Statuses with which a client may come back, and when, in seconds. */
const retryAfterSeconds: Readonly<Record<number, string>> = { 429: '1', 503: '1' };

/** What a client is told of a failure: status, code and request id, nothing of the inside (RFC 9457 for JSON). */
export function problemResponse(error: ProxyError, id: string, accept: string | undefined): LocalResponse {
  const { status, title } = error.traits;
  const json = accept !== undefined && acceptsJson(accept);
  const text = json
    ? JSON.stringify({
        type: 'about:blank',
        title: reasonPhrase(status),
        status,
        detail: title,
        code: error.code,
        requestId: id,
      })
    : `${status} ${reasonPhrase(status)}: ${title}\ncode: ${error.code}\nrequest: ${id}\n`;
  const headers = new HeaderList([
    ['Content-Type', json ? 'application/problem+json' : 'text/plain; charset=utf-8'],
    ['X-Request-Id', id],
    ['Cache-Control', 'no-store'],
  ]);
  const retryAfter = retryAfterSeconds[status];
  if (retryAfter !== undefined) headers.set('Retry-After', retryAfter);
  if (error.code === 'upgrade-bad-version') {
    // RFC 6455 section 4.2.2: the client learns which version it may come back with.
    headers.set('Upgrade', 'websocket');
    headers.set('Sec-WebSocket-Version', '13');
  }
  if (error.code === 'method-not-allowed') headers.set('Allow', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS');
  for (const [name, value] of error.fields) headers.set(name, value);
  return { status, headers, body: Buffer.from(text) };
}

function acceptsJson(accept: string): boolean {
  return /application\/(?:problem\+)?json/i.test(accept);
}
