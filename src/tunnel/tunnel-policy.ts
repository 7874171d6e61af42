/** What a tunnel is held to. Times in milliseconds; 0: no limit. */
export interface TunnelPolicy {
  /** The longest a peer may take nothing while bytes wait for it. */
  readonly writeTimeoutMs: number;
  /** From the first Close until both sides are done. */
  readonly closeTimeoutMs: number;
  /** To the client when the proxy shuts down. */
  readonly drainCode: number;
  /** To the client when the backend vanished. */
  readonly badGatewayCode: number;
}

export const defaultTunnelPolicy: TunnelPolicy = {
  writeTimeoutMs: 60_000,
  closeTimeoutMs: 10_000,
  drainCode: 1012,
  badGatewayCode: 1011,
};
