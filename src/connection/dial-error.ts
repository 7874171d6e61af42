import type { DialFailure } from '../channel/dialer.js';
import { ProxyError } from '../exchange/proxy-error.js';

const dnsCodes = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'ENODATA', 'ESERVFAIL', 'ETIMEOUT']);
/** The limit of open files, of this process or of the machine. */
const fileCodes = new Set(['EMFILE', 'ENFILE']);

/** What a Unix socket's path may be guilty of. */
const pathReasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such socket',
  EACCES: 'its permissions forbid it',
  EPERM: 'its permissions forbid it',
  ECONNREFUSED: 'nobody listens on it',
  EAGAIN: 'its backlog is full',
};

/** Names why a backend could not be reached. */
export function dialError(error: DialFailure): ProxyError {
  const code = codeOf(error);
  const detail = detailOf(error);
  if (error.duringTls) return new ProxyError('tls-failed', code === undefined ? detail : `${code}: ${detail}`, error);
  if (code === 'ECONNREFUSED') return new ProxyError('connect-refused', detail, error);
  if (code !== undefined && dnsCodes.has(code)) return new ProxyError('dns-failed', detail, error);
  if (code !== undefined && fileCodes.has(code)) return new ProxyError('out-of-files', detail, error);
  return new ProxyError('connect-failed', detail, error);
}

/** Of several addresses a refusal says most: that one was reached. Else the first counts. */
function codeOf({ code, errors }: DialFailure): string | undefined {
  return errors?.some((each) => each.code === 'ECONNREFUSED') ? 'ECONNREFUSED' : code;
}

function detailOf(error: DialFailure): string {
  const { code, message, errors } = error;
  // Node's error of several addresses has no message of its own.
  if (errors !== undefined && errors.length > 0) return errors.map(detailOf).join('; ');
  if (message === '') return code ?? 'no reason given';
  const reason = code !== undefined && error.address?.includes('/') ? pathReasons[code] : undefined;
  return reason === undefined ? message : `${message}: ${reason}`;
}
