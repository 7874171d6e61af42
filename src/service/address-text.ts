import type { Address } from '../channel/dialer.js';

/** `10.0.0.1:8081`, `[::1]:8081`, `chat.internal:80` where nobody has resolved that, or the path of a Unix socket. */
export function addressText({ host, port, path }: Address): string {
  return path ?? (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);
}
