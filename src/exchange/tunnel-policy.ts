/** What a tunnel is held to. Times in milliseconds, sizes in bytes; 0: none. */
export interface TunnelPolicy {
  /** So long without a byte from a side: a ping to that side. */
  readonly pingIntervalMs: number;
  /** No byte within it after a ping: that side is dead. 0: it never is. */
  readonly pongTimeoutMs: number;
  /** The longest silence of a side where nobody pings (`pingIntervalMs` 0). */
  readonly readTimeoutMs: number;
  /** The longest a peer may take nothing while bytes wait for it. */
  readonly writeTimeoutMs: number;
  /** The longest without a data frame either way. */
  readonly idleTimeoutMs: number;
  readonly maxLifetimeMs: number;
  /** The handshake from its beginning to the 101, all tries together. */
  readonly handshakeTimeoutMs: number;
  /** From the first Close until both sides are done. */
  readonly closeTimeoutMs: number;
  /** To the client when the proxy shuts down, or a reload removed what it is on. */
  readonly drainCode: number;
  /** To the client when the backend vanished. */
  readonly badGatewayCode: number;
  /** Of a message: the sum of its frames as on the wire. */
  readonly maxMessageBytes: number;
  /** Data messages from the client; null: as many as it likes. */
  readonly messageRate: MessageRate | null;
  /** A log line per message. */
  readonly logMessages: boolean;
}

export interface MessageRate {
  readonly perMinute: number;
  /** Messages that may come at once: the size of the bucket. 1 or more. */
  readonly burst: number;
  /** `delay`: what is too fast waits; `close`: it ends the tunnel with 1008. */
  readonly mode: 'delay' | 'close';
}

/** What one layer (the environment, a middleware, a service) says of the policy; what is undefined it leaves open. */
export type TunnelSettings = { readonly [Key in keyof TunnelPolicy]?: TunnelPolicy[Key] | undefined };

/** Without a word from anybody. `pongTimeoutMs` follows from the two others where nobody sets it. */
export const defaultTunnelPolicy: TunnelPolicy = {
  pingIntervalMs: 30_000,
  pongTimeoutMs: 30_000,
  readTimeoutMs: 60_000,
  writeTimeoutMs: 60_000,
  idleTimeoutMs: 0,
  maxLifetimeMs: 0,
  handshakeTimeoutMs: 10_000,
  closeTimeoutMs: 10_000,
  drainCode: 1012,
  badGatewayCode: 1011,
  maxMessageBytes: 0,
  messageRate: null,
  logMessages: false,
};

const LEAST_PONG_TIMEOUT_MS = 1000;

/** The policy that comes of its layers. @param layers the strongest first */
export function resolveTunnelPolicy(layers: readonly TunnelSettings[]): TunnelPolicy {
  const policy: Record<string, unknown> = { ...defaultTunnelPolicy };
  for (const layer of layers.toReversed()) {
    for (const [key, value] of Object.entries(layer)) if (value !== undefined) policy[key] = value;
  }
  const resolved = policy as unknown as TunnelPolicy;
  if (layers.some(({ pongTimeoutMs }) => pongTimeoutMs !== undefined)) return resolved;
  const { readTimeoutMs, pingIntervalMs } = resolved;
  // Whoever sets no limit to silence means it of answers to pings too.
  if (readTimeoutMs === 0) return { ...resolved, pongTimeoutMs: 0 };
  return { ...resolved, pongTimeoutMs: Math.max(LEAST_PONG_TIMEOUT_MS, readTimeoutMs - pingIntervalMs) };
}
