import type { Middleware } from './middleware.js';

/** How long things may take on a route, and what it lets pass. All times in milliseconds; 0: no limit. */
export interface RoutePolicy {
  /** The longest silence while a request body or a response is read. */
  readonly readTimeoutMs: number;
  /** The longest a peer may take nothing while bytes wait for it. */
  readonly writeTimeoutMs: number;
  /** To connect to a backend, and to wait for one with room. */
  readonly dialTimeoutMs: number;
  readonly sseIdleTimeoutMs: number;
  readonly encodedSlash: 'allow' | 'reject';
  /** What a client's FIN after its request means: it left, or it only has nothing more to send. */
  readonly halfClose: 'close' | 'allow';
  /** A random `retry:` from this range is put before the end of a drained event stream. */
  readonly sseRetry: { readonly minMs: number; readonly maxMs: number } | null;
}

/** Changes a path on its way to the backend. Works on the raw path with its query. */
export type PathRewrite = (rawTarget: string) => string;

/** Counts the exchanges that may still call what belongs to a Revision. */
export interface ExchangeCount {
  begin(): void;
  end(): void;
}

/** A rule of the configuration, ready to be used. */
export interface Route {
  /** Its host and path pattern, as written: the label in logs and metrics. */
  readonly name: string;
  readonly serviceName: string;
  /** The names of all services there are beside the route: what `Exchange.useService` may name. */
  readonly services: ReadonlySet<string>;
  /** Listener, host and path: by these a reload tells whether the rule is still there. */
  readonly rule: string;
  /** Of the Revision it belongs to. */
  readonly inUse: ExchangeCount;
  /** In the order they run. */
  readonly middlewares: readonly Middleware[];
  /** Null: all. */
  readonly methods: ReadonlySet<string> | null;
  readonly rewrite: PathRewrite | null;
  readonly policy: RoutePolicy;
  /** Request fields that only the proxy may set, in lower case with `-` for `_`. */
  readonly ownedRequestFields: readonly string[];
  /** What the client's connection must satisfy (`ClientTls.clientAuthority`); null or not there: nothing. */
  readonly clientAuthority?: string | null;
}
