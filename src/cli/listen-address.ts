import { type ListenAddress, readListenAddress, readPort } from '../config/listen-address.js';
import { UsageError } from './usage-error.js';

/**
 * Reads `8080`, `:8080`, `127.0.0.1:8080`, `localhost:8080`, `[::1]:8080`.
 * @throws UsageError for anything else
 */
export function parseListenAddress(text: string, option: string): ListenAddress {
  const address = readListenAddress(text);
  if (address !== undefined) return address;
  throw new UsageError(`${option} takes an address such as :8080, 127.0.0.1:8080 or [::1]:8080, not "${text}"`);
}

/**
 * The value of a port option, where it stands.
 * @throws UsageError where it is no port
 */
export function readPortOption(text: string | undefined, option = '--port'): number | undefined {
  if (text === undefined) return undefined;
  const port = readPort(text);
  if (port === undefined) throw new UsageError(`${option} takes a number from 0 to 65535, not "${text}"`);
  return port;
}
