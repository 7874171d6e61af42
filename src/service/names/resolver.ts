import { lookup } from 'node:dns/promises';

/** The IP addresses of a host name, in any order. Rejects where it has none. */
export type NameResolver = (host: string) => Promise<readonly string[]>;

/** Asks the system (getaddrinfo), and so /etc/hosts too. */
export const systemResolver: NameResolver = async (host) => {
  const found = await lookup(host, { all: true, verbatim: true });
  return found.map(({ address }) => address);
};
