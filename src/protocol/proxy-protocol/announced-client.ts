/** Whom a PROXY header names as the client. */
export interface AnnouncedClient {
  /** As sockets tell it: IPv6 in its shortest form, an IPv4 address within IPv6 as IPv4. */
  readonly address: string;
  readonly port: number;
}

/** An IP address, however it is spelled, in the one form in which addresses are compared and logged. */
export function plainAddress(text: string): string {
  if (!text.includes(':')) return text;
  const shortest = new URL(`http://[${text}]/`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(shortest) ?? [];
  if (high === undefined || low === undefined) return shortest;
  const [first, second] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return `${first >> 8}.${first & 0xff}.${second >> 8}.${second & 0xff}`;
}
