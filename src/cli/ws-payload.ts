import { isUtf8 } from 'node:buffer';

const CARRIAGE_RETURN = 0x0d;

export interface PayloadForm {
  /** Sent as binary messages. */
  readonly binary: boolean;
  /** Lines are hex, and payloads are shown so. */
  readonly hex: boolean;
}

/**
 * What one line of input sends. The carriage return of a CR LF is no part of it, but where bytes count.
 * @throws RangeError where the line cannot be sent: it says why
 */
export function parsePayload(line: Buffer, { binary, hex }: PayloadForm): Buffer {
  const bytes = !(binary && !hex) && line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
  const payload = hex ? parseHex(bytes.toString('latin1')) : bytes;
  if (!binary && !isUtf8(payload)) throw new RangeError('not UTF-8, as a text message must be: take --binary');
  return payload;
}

/** A message as a line of output, without its line feed: the bytes as they came, or as hex. */
export function showPayload(payload: Buffer, hex: boolean, interactive: boolean): Buffer {
  if (hex) return Buffer.from(payload.toString('hex'), 'latin1');
  return interactive ? Buffer.from(printable(payload.toString())) : payload;
}

/** Text from a stranger, for a terminal: what would steer it is written as an escape. */
export function printable(text: string): string {
  return text.replace(/(?![\t\n])\p{Cc}/gu, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}

function parseHex(text: string): Buffer {
  const digits = text.replace(/[\s:]/g, '');
  if (!/^(?:[0-9a-f]{2})*$/i.test(digits)) throw new RangeError('not hex, which has two digits a byte');
  return Buffer.from(digits, 'hex');
}
