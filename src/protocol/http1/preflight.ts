import type { RequestHead } from './request-head.js';

/**
 * The method that a preflight asks for (Fetch section 3.2.2, CORS-preflight request); undefined: the request is none.
 * An OPTIONS with less than both fields is a request like any other.
 */
export function preflightMethod({ method, headers }: RequestHead): string | undefined {
  if (method !== 'OPTIONS' || !headers.hasKnown('origin')) return undefined;
  return headers.getKnown('access-control-request-method');
}
