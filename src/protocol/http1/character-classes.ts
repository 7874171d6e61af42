/** Tables over the 256 byte values: 1 where the byte belongs to the class. */
const TOKEN_PUNCTUATION = "!#$%&'*+-.^_`|~";

function tableOf(belongs: (byte: number) => boolean): Uint8Array {
  const table = new Uint8Array(256);
  for (let byte = 0; byte < 256; byte++) table[byte] = belongs(byte) ? 1 : 0;
  return table;
}

function isAlphanumeric(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
}

/** `tchar` (RFC 9110 section 5.6.2): methods, field names, connection options. */
export const TOKEN_CHARACTERS = tableOf(
  (byte) => isAlphanumeric(byte) || TOKEN_PUNCTUATION.includes(String.fromCharCode(byte)),
);

/** HTAB, SP, VCHAR and obs-text (RFC 9110 section 5.5): field values and reason phrases. */
export const VALUE_CHARACTERS = tableOf((byte) => byte === 0x09 || (byte >= 0x20 && byte !== 0x7f));

/** What may stand in a request target: everything visible and bytes from 0x80; the target's own grammar comes later. */
export const TARGET_CHARACTERS = tableOf((byte) => byte > 0x20 && byte !== 0x7f);

/** A registered name or IPv4 address as real hosts are written; `_` is common among container names. */
export const HOST_CHARACTERS = tableOf((byte) => isAlphanumeric(byte) || '-._~'.includes(String.fromCharCode(byte)));

/** True where `text` is a non-empty token. */
export function isToken(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (TOKEN_CHARACTERS[text.charCodeAt(at)] !== 1) return false;
  return text.length > 0;
}
