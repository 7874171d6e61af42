import type { Config } from './config.js';
import { isLoopback, readListenAddress } from './listen-address.js';
import { listenerPorts } from './listener-ports.js';
import type { Finding } from './problem.js';

/** A token that is shorter can be guessed. */
const LEAST_TOKEN_CHARACTERS = 16;
const everyAddress: ReadonlySet<string> = new Set(['::', '0.0.0.0']);

/** What of the admin API cannot be, whatever its keys are for themselves. All of it is about where it listens. */
export function checkAdmin(config: Config): Finding[] {
  const { admin, bind } = config.advanced;
  if (admin === undefined) return [];
  const { token } = admin;
  const listen = readListenAddress(admin.listen);
  if (listen === undefined) return [];
  const path = ['advanced', 'admin', 'listen'];
  if (token === '' && !isLoopback(listen.host)) {
    return [{ path, at: 'value', message: 'an address that is not loopback needs a `token`' }];
  }
  const sameHost = everyAddress.has(bind) || listen.host === undefined || listen.host === bind;
  if (listen.port === 0 || !sameHost || !listenerPorts(config).includes(listen.port)) return [];
  return [{ path, at: 'value', message: `port ${listen.port} is the port of a listener: take another one` }];
}

/** Tokens that are accepted, and easily guessed. */
export function checkAdminToken({ advanced: { admin } }: Config): Finding[] {
  if (admin === undefined || admin.token === '' || admin.token.length >= LEAST_TOKEN_CHARACTERS) return [];
  const message = `is short: with fewer than ${LEAST_TOKEN_CHARACTERS} characters it can be guessed`;
  return [{ path: ['advanced', 'admin', 'token'], at: 'value', message }];
}
