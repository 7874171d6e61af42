/** Every way in which bytes of a peer can break the rules. The meaning of each code: `docs/errors.md`. */
export type ProtocolFault =
  // the PROXY header before everything else
  | 'missing-proxy-header'
  | 'bad-proxy-header'
  // the request line and the header lines (RFC 9112 sections 2 to 5)
  | 'bare-cr-or-lf'
  | 'bad-request-line'
  | 'bad-status-line'
  | 'bad-method'
  | 'bad-target'
  | 'unsupported-version'
  | 'missing-colon'
  | 'space-before-colon'
  | 'obs-fold'
  | 'bad-header-name'
  | 'bad-header-value'
  | 'request-line-too-long'
  | 'head-too-large'
  | 'too-many-headers'
  // Host, Connection, Expect, Via (RFC 9110 section 7)
  | 'missing-host'
  | 'duplicate-host'
  | 'bad-host'
  | 'host-mismatch'
  | 'method-not-allowed'
  | 'bad-expect'
  | 'bad-connection-option'
  | 'proxy-loop'
  // framing (RFC 9112 section 6 and 7)
  | 'conflicting-framing'
  | 'duplicate-content-length'
  | 'bad-content-length'
  | 'unsupported-transfer-encoding'
  | 'transfer-encoding-in-http10'
  | 'bad-chunk'
  | 'bad-trailers'
  // the path
  | 'path-nul'
  | 'path-backslash'
  | 'path-parameter-dots'
  | 'path-encoded-dots'
  | 'path-above-root'
  | 'path-bad-escape'
  // the WebSocket handshake (RFC 6455 section 4)
  | 'upgrade-not-get'
  | 'upgrade-http10'
  | 'upgrade-bad-key'
  | 'upgrade-bad-version'
  | 'upgrade-with-body'
  | 'bad-handshake';

/** Thrown by the pure protocol code where a peer's bytes break a rule. Carries no bytes of the peer. */
export class ProtocolError extends Error {
  readonly code: ProtocolFault;

  /** @param message one short sentence for the log, without anything the peer sent */
  constructor(code: ProtocolFault, message: string) {
    super(message);
    this.name = 'ProtocolError';
    this.code = code;
  }
}
