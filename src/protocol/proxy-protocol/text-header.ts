import { isIpv4Address, isIpv6Address } from '../http1/ip-address.js';
import { ProtocolError } from '../protocol-error.js';
import { type AnnouncedClient, plainAddress } from './announced-client.js';

export const TEXT_SIGNATURE = Buffer.from('PROXY ', 'latin1');
/** With its CR LF: what the longest line of two IPv6 addresses takes (section 2.1). */
export const MAX_TEXT_HEADER_BYTES = 107;

/**
 * Parses a header of version 1.
 * @param line Latin-1, `PROXY `, up to and with the first LF
 * @returns whom it names; null for UNKNOWN, behind which everything up to the end of the line is ignored
 * @throws ProtocolError `bad-proxy-header`
 */
export function parseTextHeader(line: string): AnnouncedClient | null {
  const text = line.slice(TEXT_SIGNATURE.length, -2);
  if (!line.endsWith('\r\n') || text.includes('\r')) throw bad('the line does not end in CR LF');
  if (/^UNKNOWN(?: |$)/.test(text)) return null;
  const [family, source = '', destination = '', sourcePort = '', destinationPort = '', ...more] = text.split(' ');
  if (family !== 'TCP4' && family !== 'TCP6') throw bad('the family is none of TCP4, TCP6, UNKNOWN');
  const isAddress = family === 'TCP4' ? isIpv4Address : isIpv6Address;
  if (!isAddress(source) || !isAddress(destination)) throw bad(`an address is none of ${family}`);
  if (!isPort(sourcePort) || !isPort(destinationPort) || more.length > 0)
    throw bad('the line does not end in two ports');
  return { address: plainAddress(source), port: Number(sourcePort) };
}

/** Without leading zeros, which some would read as octal. */
function isPort(text: string): boolean {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;
}

function bad(message: string): ProtocolError {
  return new ProtocolError('bad-proxy-header', message);
}
