import { UsageError } from './usage-error.js';

/** The request that `explain` is asked about, as it would stand on the wire. */
export interface AskedUrl {
  readonly head: Buffer;
  readonly scheme: 'http' | 'https';
  /** As the URL names it; null: the scheme's own. */
  readonly port: number | null;
}

const HANDSHAKE = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
];

/**
 * Puts a request together without mending anything of it: what is wrong with it the proxy is to say. `ws` and `wss`
 * bring the fields of a WebSocket handshake, except those that are given.
 * @param fields `Name: value`
 * @throws UsageError where it could not be sent at all
 */
export function readAskedRequest(method: string, url: string, fields: readonly string[]): AskedUrl {
  const [, scheme = '', authority = '', target = ''] = /^(https?|wss?):\/\/([^/?#]*)(.*)$/is.exec(url) ?? [];
  if (authority === '') throw new UsageError(describeBadUrl(url));
  if (target.includes('#')) throw new UsageError('no fragment is ever sent: leave what begins with "#" out of the URL');
  if (authority.includes('@')) throw new UsageError("no user is ever sent in a URL: write -H 'Authorization: …'");
  for (const text of [method, url, ...fields]) refuseControls(text);
  for (const field of fields) {
    if (field.indexOf(':') < 1) throw new UsageError(`-H takes a field such as 'Accept: text/html', not "${field}"`);
  }
  const given = new Set(fields.map(nameOf));
  const upgrade = /^ws/i.test(scheme) ? HANDSHAKE : [];
  const lines = [`Host: ${authority}`, ...upgrade].filter((line) => !given.has(nameOf(line)));
  const path = target.startsWith('/') ? target : `/${target}`;
  const port = /:(\d{1,5})$/.exec(authority)?.[1];
  return {
    head: Buffer.from(`${[`${method} ${path} HTTP/1.1`, ...lines, ...fields].join('\r\n')}\r\n\r\n`),
    scheme: /^(?:https|wss)$/i.test(scheme) ? 'https' : 'http',
    port: port === undefined ? null : Number(port),
  };
}

function nameOf(field: string): string {
  return (field.split(':', 1)[0] ?? '').trim().toLowerCase();
}

function refuseControls(text: string): void {
  for (const character of text) {
    const code = character.charCodeAt(0);
    if (code < 0x20 && code !== 0x09) throw new UsageError(`a control character stands in ${JSON.stringify(text)}`);
  }
}

function describeBadUrl(url: string): string {
  const meant = !url.includes('://') && /^[^/\s]/.test(url) ? `; did you mean http://${url}?` : '';
  return `a URL such as http://example.com/path is needed, not "${url}"${meant}`;
}
