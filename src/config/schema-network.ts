import ipaddr from 'ipaddr.js';
import { z } from 'zod';

/** An address, or a network in the form of CIDR. */
export const network = z
  .string()
  .refine((text) => isNetwork(text), { error: 'expected an address or a network such as "10.0.0.0/8"' });

function isNetwork(text: string): boolean {
  return text.includes('/') ? ipaddr.isValidCIDR(text) : isAddress(text);
}

export function isAddress(text: string): boolean {
  return text.includes(':') ? ipaddr.IPv6.isValid(text) : ipaddr.IPv4.isValidFourPartDecimal(text);
}
