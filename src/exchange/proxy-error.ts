import { ProtocolError, type ProtocolFault } from '../protocol/protocol-error.js';
import type { LogLevel } from './log.js';

export type Side = 'client' | 'backend' | 'proxy';
/** Where on its way an exchange was when it failed. */
export type Phase = 'head' | 'routing' | 'middleware' | 'connect' | 'request' | 'response' | 'tunnel';

export interface ErrorTraits {
  /** What the client is told where it can still be told. */
  readonly status: number;
  readonly side: Side;
  readonly phase: Phase;
  readonly level: Exclude<LogLevel, 'silent'>;
  /** For the client: nothing of the inside. */
  readonly title: string;
}

const badHead = (title: string, status = 400): ErrorTraits => {
  return { status, side: 'client', phase: 'head', level: 'warn', title };
};
const badBackend = (title: string, status = 502, phase: Phase = 'response'): ErrorTraits => {
  return { status, side: 'backend', phase, level: 'error', title };
};

/** Of an open tunnel: the client was told 101 long before. */
const tunnelFault = (side: Side, title: string): ErrorTraits => {
  return { status: 101, side, phase: 'tunnel', level: 'warn', title };
};

/** Of a request that breaks no protocol, by a middleware; of a WebSocket handshake: it may not become a tunnel. */
const refusal = (title: string, status: number): ErrorTraits => {
  return { status, side: 'client', phase: 'middleware', level: 'warn', title };
};

const protocolFaults: Record<ProtocolFault, ErrorTraits> = {
  'missing-proxy-header': badHead('a trusted proxy connected without a PROXY header'),
  'bad-proxy-header': badHead('the PROXY header is malformed'),
  'bare-cr-or-lf': badHead('a line of the head does not end in CR LF'),
  'bad-request-line': badHead('the request line is malformed'),
  'bad-status-line': badBackend('the status line is malformed'),
  'bad-method': badHead('the method is not a token'),
  'bad-target': badHead('the request target is malformed'),
  'unsupported-version': badHead('only HTTP/1.0 and HTTP/1.1 are spoken here', 505),
  'missing-colon': badHead('a header line has no colon'),
  'space-before-colon': badHead('there is white space before the colon of a header line'),
  'obs-fold': badHead('a header line is folded'),
  'bad-header-name': badHead('a header name is not a token'),
  'bad-header-value': badHead('a header value has a control character in it'),
  'request-line-too-long': badHead('the request line is too long', 414),
  'head-too-large': badHead('the head of the request is too large', 431),
  'too-many-headers': badHead('the request has too many header lines', 431),
  'missing-host': badHead('the request has no Host'),
  'duplicate-host': badHead('the request has more than one Host'),
  'bad-host': badHead('Host is not a host with an optional port'),
  'host-mismatch': badHead('the target and Host name different hosts'),
  'method-not-allowed': badHead('the method is not allowed', 405),
  'bad-expect': badHead('the expectation is not known', 417),
  'bad-connection-option': badHead('Connection names a field that must reach the backend'),
  'proxy-loop': badHead('the request has passed this proxy before', 508),
  'conflicting-framing': badHead('Transfer-Encoding and Content-Length stand together'),
  'duplicate-content-length': badHead('there is more than one Content-Length'),
  'bad-content-length': badHead('Content-Length is not a length'),
  'unsupported-transfer-encoding': badHead('the transfer encoding is not supported', 501),
  'transfer-encoding-in-http10': badHead('HTTP/1.0 has no Transfer-Encoding'),
  'bad-chunk': badHead('the chunked body is malformed'),
  'bad-trailers': badHead('the trailers are malformed or hold a field that may not be there'),
  'path-nul': badHead('the path holds a NUL'),
  'path-backslash': badHead('the path holds a backslash'),
  'path-parameter-dots': badHead('the path holds a dot segment with a parameter'),
  'path-encoded-dots': badHead('the path holds an encoded dot segment'),
  'path-above-root': badHead('the path leads above the root'),
  'path-bad-escape': badHead('the path holds a malformed percent escape'),
  'upgrade-not-get': badHead('a WebSocket handshake is a GET'),
  'upgrade-http10': badHead('a WebSocket handshake needs HTTP/1.1'),
  'upgrade-bad-key': badHead('Sec-WebSocket-Key is missing, repeated, or not 16 bytes in base64'),
  'upgrade-bad-version': badHead('only WebSocket version 13 is spoken here', 426),
  'upgrade-with-body': badHead('a WebSocket handshake has no body'),
  'bad-handshake': badBackend('the backend answered the WebSocket handshake wrongly'),
};

const own = {
  'proxy-header-timeout': badHead('the PROXY header took too long', 408),
  'header-timeout': badHead('the head of the request took too long', 408),
  'body-too-large': badHead('the request body is too large', 413),
  'no-route': { status: 404, side: 'client', phase: 'routing', level: 'info', title: 'no rule matches this request' },
  'misdirected-request': {
    status: 421,
    side: 'client',
    phase: 'routing',
    level: 'warn',
    title: 'this host is not served on this connection',
  },
  'route-method': {
    status: 405,
    side: 'client',
    phase: 'routing',
    level: 'info',
    title: 'the method is not allowed here',
  },
  'encoded-slash': {
    status: 400,
    side: 'client',
    phase: 'routing',
    level: 'warn',
    title: 'an encoded slash is not allowed here',
  },
  'hidden-file': { status: 403, side: 'client', phase: 'routing', level: 'warn', title: 'hidden files are not served' },
  'bad-rewrite': {
    status: 500,
    side: 'proxy',
    phase: 'routing',
    level: 'error',
    title: 'the rewritten target is malformed',
  },
  'middleware-failed': {
    status: 500,
    side: 'proxy',
    phase: 'middleware',
    level: 'error',
    title: 'the request could not be handled',
  },
  'no-backend': badBackend('no backend is available', 503, 'connect'),
  'pool-exhausted': badBackend('all backends are busy', 503, 'connect'),
  'connect-refused': badBackend('the backend refused the connection', 502, 'connect'),
  'connect-failed': badBackend('the backend could not be reached', 502, 'connect'),
  'dns-failed': badBackend('the name of the backend could not be resolved', 502, 'connect'),
  'tls-failed': badBackend('no secure connection to the backend could be made', 502, 'connect'),
  'connect-timeout': badBackend('the backend could not be reached in time', 504, 'connect'),
  'out-of-files': {
    status: 503,
    side: 'proxy',
    phase: 'connect',
    level: 'error',
    title: 'the proxy can open no more connections',
  },
  'response-timeout': badBackend('the backend did not answer in time', 504),
  'bad-response': badBackend('the answer of the backend is malformed'),
  'backend-gone': badBackend('the backend closed the connection'),
  'backend-write-timeout': badBackend('the backend does not take the request', 504, 'request'),
  'handshake-timeout': badBackend('the WebSocket handshake took too long', 504),
  'stream-idle-timeout': {
    status: 504,
    side: 'backend',
    phase: 'response',
    level: 'info',
    title: 'the event stream was silent too long',
  },
  'bad-request-body': {
    status: 400,
    side: 'client',
    phase: 'request',
    level: 'warn',
    title: 'the request body is malformed',
  },
  'request-timeout': {
    status: 408,
    side: 'client',
    phase: 'request',
    level: 'warn',
    title: 'the request body took too long',
  },
  'client-gone': { status: 499, side: 'client', phase: 'response', level: 'info', title: 'the client left' },
  'client-write-timeout': {
    status: 499,
    side: 'client',
    phase: 'response',
    level: 'warn',
    title: 'the client does not take the response',
  },
  'client-protocol-error': tunnelFault('client', 'the client broke the WebSocket protocol'),
  'backend-protocol-error': tunnelFault('backend', 'the backend broke the WebSocket protocol'),
  'client-message-too-big': tunnelFault('client', 'a message of the client is too big'),
  'backend-message-too-big': tunnelFault('backend', 'a message of the backend is too big'),
  'client-silent': tunnelFault('client', 'the client was silent too long'),
  'backend-silent': tunnelFault('backend', 'the backend was silent too long'),
  'client-message-rate': tunnelFault('client', 'the client sends messages too fast'),
  'tunnel-idle': { ...tunnelFault('proxy', 'nobody sent a message for too long'), level: 'info' },
  'tunnel-lifetime': { ...tunnelFault('proxy', 'the tunnel has had its time'), level: 'info' },
  'tunnel-killed': { ...tunnelFault('proxy', 'an operator closed the tunnel'), level: 'info' },
  'origin-refused': refusal('the origin is not allowed', 403),
  'upgrade-path': refusal('there is no WebSocket here', 404),
  'subprotocol-refused': refusal('none of the subprotocols is spoken here', 400),
  'tunnel-limit': { ...refusal('there are too many tunnels', 503), side: 'proxy' },
  'instance-limit': { ...refusal('there are too many tunnels here', 503), side: 'proxy' },
  'client-limit': refusal('the client has too many tunnels', 429),
  unauthenticated: refusal('the request names nobody that is known here', 401),
  forbidden: refusal('this is not allowed', 403),
  'subprotocol-missing': refusal('a token needs a subprotocol of the application beside it', 400),
  'keys-unavailable': { ...refusal('the token cannot be checked just now', 503), side: 'proxy' },
  'address-refused': refusal('the address is not allowed', 403),
  'rate-limited': refusal('there are too many requests', 429),
  'token-expired': { ...tunnelFault('client', 'the token has expired'), level: 'info' },
  drained: { status: 503, side: 'proxy', phase: 'response', level: 'info', title: 'the proxy is shutting down' },
} as const satisfies Record<string, ErrorTraits>;

/** The closed list of failures. `docs/errors.md` lists each; a test compares them. */
export const errorTable: Readonly<Record<ErrorCode, ErrorTraits>> = { ...protocolFaults, ...own };
export type ErrorCode = ProtocolFault | keyof typeof own;

/** A failure of an exchange or tunnel, by its code from the closed list. */
export class ProxyError extends Error {
  readonly code: ErrorCode;
  readonly traits: ErrorTraits;
  /** Fields of the response that tells the client. */
  readonly fields: Iterable<readonly [name: string, value: string]>;

  /**
   * @param detail for operators, in the log only
   * @param fields of the response, beside those that every failure has
   * @param status that the client is told instead of the table's, where the configuration says one
   */
  constructor(code: ErrorCode, detail?: string, cause?: unknown, fields: ProxyError['fields'] = [], status = 0) {
    const traits = status === 0 ? errorTable[code] : { ...errorTable[code], status };
    super(detail ?? traits.title, cause === undefined ? undefined : { cause });
    this.name = 'ProxyError';
    this.code = code;
    this.traits = traits;
    this.fields = fields;
  }

  /** Turns what protocol code throws into a ProxyError; anything else is thrown on: it is a defect of ours. */
  static fromProtocol(error: unknown): ProxyError {
    if (error instanceof ProtocolError) return new ProxyError(error.code, error.message, error);
    if (error instanceof ProxyError) return error;
    throw error;
  }
}
