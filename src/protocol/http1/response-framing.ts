import { ProtocolError } from '../protocol-error.js';
import { type BodyFraming, CHUNKED, NO_BODY, UNTIL_CLOSE } from './body-framing.js';
import { connectionOptionsOf } from './connection-options.js';
import { parseContentLength } from './content-length.js';
import { splitFieldList } from './field-list.js';
import type { HeaderList } from './header-list.js';
import type { ResponseHead } from './response-head.js';

/**
 * How the body of a response ends (RFC 9112 section 6.3). 1xx, 204, 304 and the answer to HEAD have none, whatever
 * their fields say; the fields must make sense all the same.
 * @throws ProtocolError with the code of the framing rule it breaks
 */
export function responseFraming(head: ResponseHead, requestMethod: string): BodyFraming {
  const announced = announcedFraming(head);
  const { status } = head;
  if (status < 200 || status === 204 || status === 304 || requestMethod === 'HEAD') return NO_BODY;
  return announced;
}

/**
 * True where a response without a body speaks of one: backends that write it all the same are an old fault, and its
 * bytes would be taken for the next response. HEAD is that even where it says nothing of a length.
 */
export function hasDoubtfulEnd(head: ResponseHead, requestMethod: string, framing: BodyFraming): boolean {
  if (framing.kind !== 'none') return false;
  const length = head.headers.getKnown('content-length');
  if (length !== undefined) return Number(length) > 0;
  return requestMethod === 'HEAD' || head.headers.hasKnown('transfer-encoding');
}

/** True where another response may follow on the same connection (RFC 9112 section 9.3). */
export function keepsAlive(head: ResponseHead, framing: BodyFraming): boolean {
  if (framing.kind === 'until-close') return false;
  const connection = connectionOptionsOf(head.headers);
  if (connection.close) return false;
  return head.minorVersion === 1 || connection.keepAlive;
}

/** How long the peer says it keeps an idle connection, from `Keep-Alive: timeout=n`; null where it does not. */
export function keepAliveTimeoutSeconds(headers: HeaderList): number | null {
  const value = headers.getKnown('keep-alive');
  if (value === undefined) return null;
  for (const parameter of splitFieldList(value)) {
    const parts = /^timeout[ \t]*=[ \t]*"?(\d{1,9})"?$/i.exec(parameter);
    if (parts !== null) return Number(parts[1]);
  }
  return null;
}

function announcedFraming(head: ResponseHead): BodyFraming {
  const { headers } = head;
  let contentLength: string | undefined;
  let transferEncoding: string | undefined;
  for (let index = 0; index < headers.size; index++) {
    const name = headers.lowerNameAt(index);
    if (name === 'content-length') {
      if (contentLength !== undefined) {
        throw new ProtocolError('duplicate-content-length', 'more than one Content-Length field');
      }
      contentLength = headers.valueAt(index);
    } else if (name === 'transfer-encoding') {
      const value = headers.valueAt(index);
      transferEncoding = transferEncoding === undefined ? value : `${transferEncoding},${value}`;
    }
  }
  if (transferEncoding !== undefined) {
    judgeTransferEncoding(transferEncoding, contentLength, head.minorVersion);
    return CHUNKED;
  }
  if (contentLength === undefined) return UNTIL_CLOSE;
  const bytes = parseContentLength(contentLength);
  if (bytes < 0) throw new ProtocolError('bad-content-length', 'Content-Length is no number of bytes');
  return { kind: 'length', bytes };
}

function judgeTransferEncoding(value: string, contentLength: string | undefined, minorVersion: 0 | 1): void {
  if (contentLength !== undefined) {
    throw new ProtocolError('conflicting-framing', 'Transfer-Encoding and Content-Length together');
  }
  if (minorVersion === 0) {
    throw new ProtocolError('transfer-encoding-in-http10', 'Transfer-Encoding in an HTTP/1.0 response');
  }
  if (value.toLowerCase() !== 'chunked') {
    throw new ProtocolError('unsupported-transfer-encoding', 'a Transfer-Encoding other than chunked');
  }
}
