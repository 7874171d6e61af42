import { ProtocolError } from '../protocol-error.js';
import { goodHostAndPort, sameAuthority } from './authority.js';
import { type BodyFraming, CHUNKED, NO_BODY } from './body-framing.js';
import { type ConnectionOptions, NO_CONNECTION_OPTIONS, parseConnectionOptions } from './connection-options.js';
import { parseContentLength } from './content-length.js';
import { splitFieldList } from './field-list.js';
import { isProtectedField } from './protected-field.js';
import type { RequestHead } from './request-head.js';
import { parseRequestTarget, type RequestTarget } from './request-target.js';

/** What a request's head means, once every rule was kept. */
export interface RequestFacts {
  readonly framing: BodyFraming;
  readonly connection: ConnectionOptions;
  /** `host[:port]` as received: of the absolute form, else of Host; empty for HTTP/1.0 with neither. */
  readonly host: string;
  /** The client waits for a 100 before it sends its body. Never for HTTP/1.0 or without a body. */
  readonly expectContinue: boolean;
  readonly target: RequestTarget;
  /** Connection says `upgrade` and Upgrade names `websocket`. The rest is for the handshake to judge. */
  readonly upgradeWebSocket: boolean;
}

/** The fields that rules look at, gathered in one walk. `undefined`: not there. */
interface Gathered {
  host: string | undefined;
  contentLength: string | undefined;
  transferEncoding: string | undefined;
  connection: string | undefined;
  upgrade: string | undefined;
  expect: string | undefined;
}

/**
 * Judges a parsed head by every rule that is not grammar.
 * @param pseudonym our own name in Via
 * @throws ProtocolError with the code of the rule it breaks
 */
export function judgeRequestHead(head: RequestHead, pseudonym: string): RequestFacts {
  if (head.method === 'CONNECT' || head.method === 'TRACE') {
    throw new ProtocolError('method-not-allowed', 'CONNECT and TRACE are not served');
  }
  const fields = gather(head, pseudonym);
  const framing = judgeFraming(fields, head.minorVersion);
  const target = parseRequestTarget(head.target, head.method);
  const connection = judgeConnection(fields.connection);
  return {
    framing,
    connection,
    host: judgeHost(fields.host, target, head.minorVersion),
    expectContinue: fields.expect !== undefined && head.minorVersion === 1 && judgeExpect(fields.expect, framing),
    target,
    upgradeWebSocket: connection.upgrade && fields.upgrade !== undefined && namesWebSocket(fields.upgrade),
  };
}

function gather(head: RequestHead, pseudonym: string): Gathered {
  const fields: Gathered = {
    host: undefined,
    contentLength: undefined,
    transferEncoding: undefined,
    connection: undefined,
    upgrade: undefined,
    expect: undefined,
  };
  const { headers } = head;
  const size = headers.size;
  for (let index = 0; index < size; index++) {
    switch (headers.lowerNameAt(index)) {
      case 'host':
        if (fields.host !== undefined) throw new ProtocolError('duplicate-host', 'more than one Host field');
        fields.host = headers.valueAt(index);
        break;
      case 'content-length':
        if (fields.contentLength !== undefined) {
          throw new ProtocolError('duplicate-content-length', 'more than one Content-Length field');
        }
        fields.contentLength = headers.valueAt(index);
        break;
      // A second line makes a list of them, which is never plain `chunked` or `100-continue`.
      case 'transfer-encoding':
        fields.transferEncoding = joined(fields.transferEncoding, headers.valueAt(index));
        break;
      case 'connection':
        fields.connection = joined(fields.connection, headers.valueAt(index));
        break;
      case 'upgrade':
        fields.upgrade = joined(fields.upgrade, headers.valueAt(index));
        break;
      case 'expect':
        fields.expect = joined(fields.expect, headers.valueAt(index));
        break;
      case 'via':
        if (headers.valueAt(index).includes(pseudonym)) {
          throw new ProtocolError('proxy-loop', 'the request came through this proxy before');
        }
        break;
    }
  }
  return fields;
}

function joined(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before},${value}`;
}

/** RFC 9112 section 6.3, without what it lets a recipient repair. */
function judgeFraming(fields: Gathered, minorVersion: 0 | 1): BodyFraming {
  const { contentLength, transferEncoding } = fields;
  if (transferEncoding !== undefined) {
    if (contentLength !== undefined) {
      throw new ProtocolError('conflicting-framing', 'Transfer-Encoding and Content-Length together');
    }
    if (minorVersion === 0) {
      throw new ProtocolError('transfer-encoding-in-http10', 'Transfer-Encoding in an HTTP/1.0 request');
    }
    if (transferEncoding.toLowerCase() !== 'chunked') {
      throw new ProtocolError('unsupported-transfer-encoding', 'a Transfer-Encoding other than chunked');
    }
    return CHUNKED;
  }
  if (contentLength === undefined) return NO_BODY;
  const bytes = parseContentLength(contentLength);
  if (bytes < 0) throw new ProtocolError('bad-content-length', 'Content-Length is no number of bytes');
  return { kind: 'length', bytes };
}

function judgeConnection(value: string | undefined): ConnectionOptions {
  if (value === undefined) return NO_CONNECTION_OPTIONS;
  const connection = parseConnectionOptions(value);
  for (const name of connection.names) {
    if (isProtectedField(name)) {
      throw new ProtocolError('bad-connection-option', 'Connection names a field that must go on');
    }
  }
  return connection;
}

/** RFC 9112 section 3.2. An HTTP/1.0 request needs no Host, but one that is there is held to the same grammar. */
function judgeHost(named: string | undefined, target: RequestTarget, minorVersion: 0 | 1): string {
  if (named === undefined) {
    if (minorVersion === 1) throw new ProtocolError('missing-host', 'an HTTP/1.1 request without Host');
    return target.authority;
  }
  const host = goodHostAndPort(named);
  if (host === null) throw new ProtocolError('bad-host', 'Host is no host[:port]');
  if (target.form !== 'absolute') return host;
  if (!sameAuthority(host, target.authority, target.scheme)) {
    throw new ProtocolError('host-mismatch', "Host and the target's authority differ");
  }
  return target.authority;
}

/** RFC 9110 section 10.1.1. Without a body there is nothing to wait for: the field is ignored, whatever it says. */
function judgeExpect(value: string, framing: BodyFraming): boolean {
  if (framing.kind === 'none' || (framing.kind === 'length' && framing.bytes === 0)) return false;
  if (value.toLowerCase() !== '100-continue') {
    throw new ProtocolError('bad-expect', 'an expectation other than 100-continue');
  }
  return true;
}

function namesWebSocket(value: string): boolean {
  if (value === 'websocket') return true;
  return splitFieldList(value).some((protocol) => protocol.toLowerCase() === 'websocket');
}
