import { BlockList, isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { plainAddress } from '../protocol/http1/ip-address.js';

/** Addresses and networks, asked by {@link NetworkList.has}. */
export class NetworkList {
  readonly #list = new BlockList();

  /** @param networks each an address or a CIDR; of IPv4 in IPv6 (`::ffff:10.0.0.0/104`) it is the IPv4 one */
  constructor(networks: readonly string[]) {
    for (const network of networks) {
      const [address, bits] = network.includes('/') ? ipaddr.parseCIDR(network) : [ipaddr.parse(network), undefined];
      if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && (bits ?? 128) >= MAPPED_BITS) {
        this.#add(address.toIPv4Address().toString(), 'ipv4', bits === undefined ? 32 : bits - MAPPED_BITS);
      } else {
        const [family, all] = address.kind() === 'ipv6' ? (['ipv6', 128] as const) : (['ipv4', 32] as const);
        this.#add(address.toString(), family, bits ?? all);
      }
    }
  }

  /** @param address with or without zone, IPv4 also as IPv6; what is no address is in no list */
  has(address: string): boolean {
    const plain = plainAddress(address.split('%', 1)[0] ?? '');
    const version = isIP(plain);
    return version !== 0 && this.#list.check(plain, version === 6 ? 'ipv6' : 'ipv4');
  }

  #add(address: string, family: 'ipv4' | 'ipv6', bits: number): void {
    this.#list.addSubnet(address, bits, family);
  }
}

/** Of the prefix under which IPv6 holds IPv4 (RFC 4291 section 2.5.5.2). */
const MAPPED_BITS = 96;
