/** What TLS a client speaks to us. */
export interface ClientTls {
  /** `TLSv1.2`, `TLSv1.3`. */
  readonly protocol: string;
  /** By its standard name: `TLS_AES_128_GCM_SHA256`. */
  readonly cipher: string;
  /** As the client named it (SNI); null: it named none. */
  readonly serverName: string | null;
  /** True where a session went on without a whole handshake. */
  readonly resumed: boolean;
  /** Of the client's certificate, where it has one that was verified: `CN=ada, O=Example`. */
  readonly subject: string | null;
  /** The rule for client certificates that the connection satisfies; null: none. */
  readonly clientAuthority: string | null;
}

/** A connection to a TLS listener that never came to its first request. */
export interface HandshakeFailure {
  readonly reason: string;
  /** Of Node or OpenSSL, where there is one. */
  readonly code: string | undefined;
  readonly peerAddress: string;
  readonly port: number;
  readonly listenerPort: number;
}
