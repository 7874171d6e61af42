import { isIP, isIPv4 } from 'node:net';

/** Where one of the backends that a name stands for is. */
export interface Place {
  /** An IP address. */
  readonly host: string;
  /** IP addresses of the other family, of the same backend as far as can be told. */
  readonly others: readonly string[];
}

/** An IPv4 address as IPv6 has it (RFC 4291 section 2.5.5.2), with its last two groups in either form. */
const MAPPED = /^::ffff:(?:(?<dotted>\d+\.\d+\.\d+\.\d+)|(?<high>[0-9a-f]{1,4}):(?<low>[0-9a-f]{1,4}))$/i;

/** The addresses of an answer as they are compared: none twice, each in one form, sorted. What is no address is left out. */
export function addressSet(answer: readonly string[]): readonly string[] {
  return [...new Set(answer.filter((address) => isIP(address) !== 0).map(normalised))].sort();
}

/**
 * The backends that an answer stands for. The family with more addresses has one for each; those of the other one stand
 * behind them, as a second way to the same machines. Of as many each, the family that there was counts, or else the one
 * that the answer begins with: the resolver prefers it.
 * @param before what the name stood for until now
 */
export function placesOf(answer: readonly string[], before: readonly Place[] = []): readonly Place[] {
  const addresses = addressSet(answer);
  const four = addresses.filter((address) => isIPv4(address));
  const six = addresses.filter((address) => !isIPv4(address));
  const preferred = before[0]?.host ?? answer.map(normalised).find((address) => isIP(address) !== 0);
  const fourFirst =
    four.length === six.length ? preferred !== undefined && isIPv4(preferred) : four.length > six.length;
  const [ours, others] = fourFirst ? [four, six] : [six, four];
  return ours.map((host, index) => ({ host, others: others.slice(index, index + 1) }));
}

/** Keeps the scope of a link-local address (`%eth0`), without which it is nowhere; its letters count. */
function normalised(address: string): string {
  const { dotted, high, low } = MAPPED.exec(address)?.groups ?? {};
  if (dotted !== undefined) return dotted;
  if (high !== undefined && low !== undefined) return dottedOf(Number.parseInt(high, 16), Number.parseInt(low, 16));
  const scopeAt = address.indexOf('%');
  if (scopeAt < 0) return address.toLowerCase();
  return address.slice(0, scopeAt).toLowerCase() + address.slice(scopeAt);
}

function dottedOf(high: number, low: number): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
