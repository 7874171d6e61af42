import { formatAddress } from '../config/listen-address.js';

/**
 * What to do about a listener that could not be opened.
 * @param advice `anotherPort`: the command that takes another port
 */
export function explainStartFailure(error: unknown, advice: { readonly anotherPort: string }): string {
  if (error instanceof Error && error.name === 'AdminListenError') return explainAdminFailure(error);
  if (!(error instanceof Error)) return `error: it could not be started: ${String(error)}`;
  const { code, address, port } = listenFailure(error);
  const place = port === undefined ? 'the port' : `port ${port}${address === undefined ? '' : ` on ${address}`}`;
  switch (code) {
    case 'EADDRINUSE':
      return `error: ${place} is in use: end the program that holds it, or take another port: ${advice.anotherPort}`;
    case 'EACCES':
      return port !== undefined && port < 1024
        ? `error: ${place} may not be opened: ports below 1024 need CAP_NET_BIND_SERVICE (or root); or take another: ${advice.anotherPort}`
        : `error: ${place} may not be opened: this user lacks the right; take another port: ${advice.anotherPort}`;
    case 'EADDRNOTAVAIL':
      return `error: ${address ?? 'the address'} is no address of this machine: bind to another one`;
    default:
      return `error: ${port === undefined ? 'it' : formatAddress(address ?? '', port)} could not be opened: ${error.message}`;
  }
}

/** The admin API is bound by a key of its own. */
function explainAdminFailure(error: Error): string {
  const { code, address = '', port = 0 } = listenFailure(error);
  const place = `the address of the admin API, ${formatAddress(address, port)},`;
  const another = 'take another one: advanced.admin.listen, or TOYOU_ADMIN_LISTEN=ADDRESS:PORT';
  switch (code) {
    case 'EADDRINUSE':
      return `error: ${place} is in use: end the program that holds it, or ${another}`;
    case 'EADDRNOTAVAIL':
      return `error: ${place} is none of this machine: ${another}`;
    default:
      return `error: ${place} could not be opened (${code ?? error.message}): ${another}`;
  }
}

/** The fields that Node puts on errors of `listen`. */
function listenFailure(error: NodeJS.ErrnoException & { address?: unknown; port?: unknown }) {
  return {
    code: error.code,
    address: typeof error.address === 'string' ? error.address : undefined,
    port: typeof error.port === 'number' ? error.port : undefined,
  };
}
