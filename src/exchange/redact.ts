/** What stands in place of a secret. */
export const REDACTED = '[redacted]';

/** Names of query parameters, in lower case, that carry credentials by custom. */
export const SECRET_PARAMETERS: readonly string[] = [
  'access_token',
  'api_key',
  'api-key',
  'apikey',
  'auth',
  'authorization',
  'client_secret',
  'id_token',
  'jwt',
  'password',
  'passwd',
  'refresh_token',
  'secret',
  'sig',
  'signature',
  'token',
];

/** Names of header fields, in lower case, that carry credentials. A subprotocol offer may be `bearer.<token>`. */
export const SECRET_FIELDS: readonly string[] = [
  'authorization',
  'cookie',
  'proxy-authorization',
  'sec-websocket-protocol',
  'set-cookie',
  'x-api-key',
];

const secretParameters: ReadonlySet<string> = new Set(SECRET_PARAMETERS);

/**
 * A target or URL for the log: the values of secret query parameters replaced, however their names are written.
 * @param names in lower case
 */
export function redactQuery(target: string, names: ReadonlySet<string> = secretParameters): string {
  const mark = target.indexOf('?');
  if (mark < 0) return target;
  const query = target.slice(mark + 1).replace(/[^&#]+/g, (piece) => redactPiece(piece, names));
  return target.slice(0, mark + 1) + query;
}

/** To some a semicolon ends a parameter, to some it is one of the value's: a secret goes on to the end. */
function redactPiece(piece: string, names: ReadonlySet<string>): string {
  for (const { 0: pair, 1: name = '', index } of piece.matchAll(/([^;=]+)=[^;]*/g)) {
    const decoded = decodedName(name);
    if (!names.has(decoded) && !isSecretParameter(decoded)) continue;
    return `${piece.slice(0, index + pair.indexOf('=') + 1)}${REDACTED}`;
  }
  return piece;
}

/** Whether a query parameter of this name is written nowhere. @param name in lower case */
export function isSecretParameter(name: string): boolean {
  return secretParameters.has(name) || name.includes('token');
}

function decodedName(name: string): string {
  try {
    return decodeURIComponent(name.replaceAll('+', ' ')).trim().toLowerCase();
  } catch {
    return name.toLowerCase();
  }
}
