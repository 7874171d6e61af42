import type { DialFailure } from '../channel/dialer.js';
import { ProxyError } from '../exchange/proxy-error.js';

const dnsCodes = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'ENODATA', 'ESERVFAIL', 'ETIMEOUT']);
/** The limit of open files, of this process or of the machine. */
const fileCodes = new Set(['EMFILE', 'ENFILE']);

/** Names why a backend could not be reached. */
export function dialError(error: DialFailure): ProxyError {
  const detail = error.message === '' ? (error.code ?? 'no reason given') : error.message;
  if (error.duringTls)
    return new ProxyError('tls-failed', error.code === undefined ? detail : `${error.code}: ${detail}`, error);
  if (error.code === 'ECONNREFUSED') return new ProxyError('connect-refused', detail, error);
  if (error.code !== undefined && dnsCodes.has(error.code)) return new ProxyError('dns-failed', detail, error);
  if (error.code !== undefined && fileCodes.has(error.code)) return new ProxyError('out-of-files', detail, error);
  return new ProxyError('connect-failed', detail, error);
}
