import type { ProxyError } from './proxy-error.js';

/** One attempt to have a backend serve an exchange. */
export interface Try {
  /** The backend's url as written. */
  readonly backend: string;
  /** Why it was given up; null for the one that served. */
  readonly error: ProxyError | null;
}

/** How an exchange or tunnel ended, success too. */
export interface Outcome {
  /** Sent to the client; 499 where it left before one could be sent. */
  readonly status: number;
  /** What made it fail; null where it went well. */
  readonly error: ProxyError | null;
  readonly durationMs: number;
  /** Body bytes from the client, as framed. */
  readonly requestBytes: number;
  /** Body bytes to the client, as framed. */
  readonly responseBytes: number;
  /** Events of an event stream; 0 elsewhere. */
  readonly events: number;
  readonly tries: readonly Try[];
}

/** Each try with its cause, for a log line; the one that served has none. */
export function triesAsFields(tries: readonly Try[]): Record<string, string>[] {
  return tries.map(({ backend, error }) => (error === null ? { backend } : { backend, code: error.code }));
}
