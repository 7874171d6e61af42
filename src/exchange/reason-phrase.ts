import { STATUS_CODES } from 'node:http';

/** The registered reason phrase of a status, for what people read; empty where there is none. */
export function reasonPhrase(status: number): string {
  return status === 499 ? 'Client Closed Request' : (STATUS_CODES[status] ?? '');
}
