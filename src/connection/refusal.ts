import { problemResponse } from '../exchange/problem.js';
import type { ProxyError } from '../exchange/proxy-error.js';
import { reasonPhrase } from '../exchange/reason-phrase.js';
import type { RequestHead } from '../protocol/http1/request-head.js';

/** A whole short response, for a request that never became an exchange. */
export function refusalText(error: ProxyError, id: string, head: RequestHead | null): string {
  const { status, headers, body } = problemResponse(error, id, head?.headers.get('accept'));
  headers.set('Content-Length', String(body.length));
  headers.set('Connection', 'close');
  const text = head?.method === 'HEAD' ? '' : body.toString('latin1');
  return `HTTP/1.1 ${status} ${reasonPhrase(status)}\r\n${headers.format()}\r\n${text}`;
}
