/** A backend's url, taken apart. */
export interface BackendUrl {
  /** As written: the label in logs and metrics. */
  readonly url: string;
  /** A name or an address, as a socket takes it: an IPv6 address without brackets. Empty for a Unix socket. */
  readonly host: string;
  /** From 1 on; 0 for a Unix socket. */
  readonly port: number;
  readonly tls: boolean;
  /** The url's `host[:port]` as a Host field says it, without the default port; `localhost` for a Unix socket. */
  readonly authority: string;
  /** The file of a Unix socket; null where there is a host. */
  readonly socketPath: string | null;
  /** What stands before the path of every request: empty, or `/base` without a slash at its end. */
  readonly basePath: string;
}

/** What is wrong with a url, and what was probably meant. */
export interface UrlFault {
  readonly message: string;
  readonly suggestion?: string | undefined;
}
