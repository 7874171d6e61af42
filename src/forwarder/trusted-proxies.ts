import { BlockList, isIPv6 } from 'node:net';
import { LRUCache } from 'lru-cache';

/** Verdicts that are kept: the same few peers ask again and again. */
const MAX_VERDICTS = 10_000;

/** Tells whether an address is one of `networks`: addresses, or networks such as `10.0.0.0/8`. */
export function trustIn(networks: readonly string[]): (address: string) => boolean {
  if (networks.length === 0) return () => false;
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  const verdicts = new LRUCache<string, boolean>({ max: MAX_VERDICTS });
  return (address) => {
    const known = verdicts.get(address);
    if (known !== undefined) return known;
    const verdict = list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
    verdicts.set(address, verdict);
    return verdict;
  };
}
