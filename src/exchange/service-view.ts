/** One address of a service, as it is right now: what operators are shown. Times are ISO 8601. */
export interface BackendView {
  /** Its address, and `#2` behind the second one with the same: unique within its service. */
  readonly id: string;
  /** As written: several addresses of a name have the same. */
  readonly url: string;
  readonly address: string;
  /** As it holds, by the configuration or by an operator. */
  readonly active: boolean;
  readonly weight: number;
  readonly configured: { readonly active: boolean; readonly weight: number };
  /** Whether it may be chosen. */
  readonly available: boolean;
  /** By its active checks. */
  readonly health: {
    readonly state: 'healthy' | 'unhealthy' | 'unknown';
    /** Why the last check was bad; null: it was good, or there was none. */
    readonly reason: string | null;
    readonly checked_at: string | null;
    readonly changed_at: string | null;
  };
  /** By the traffic. */
  readonly circuit: { readonly state: 'closed' | 'open' | 'half-open'; readonly retry_in_ms: number };
  /** Open exchanges and tunnels. */
  readonly leases: number;
  readonly exchanges: number;
  /** With handshakes that are on their way. */
  readonly tunnels: number;
  readonly connections: ConnectionCounts;
  /** A mean; null: it has answered nothing. */
  readonly latency_ms: number | null;
  /** By their code. */
  readonly failures: Readonly<Record<string, number>>;
}

/** Connections to one or more addresses; probes' apart. */
export interface ConnectionCounts {
  /** Connecting, or in use by an exchange. */
  readonly active: number;
  readonly idle: number;
  readonly tunnels: number;
}

export interface ServiceView {
  readonly name: string;
  readonly strategy: string;
  /** Tries at another backend, since the process began. */
  readonly retries: number;
  readonly on_unhealthy: 'keep' | 'drain' | 'close';
  readonly backends: readonly BackendView[];
}

/** What an operator says of a backend; null: the configuration holds again; not given: as it is. */
export interface BackendOrder {
  readonly active?: boolean | null;
  /** 0 or more. */
  readonly weight?: number | null;
}

/** What the addresses that are written as one url come to together. */
export interface BackendTotal extends ConnectionCounts {
  readonly service: string;
  readonly url: string;
  /** How many get work, as far as checks and traffic say; null: the configuration has it no more. */
  readonly healthy: number | null;
}
