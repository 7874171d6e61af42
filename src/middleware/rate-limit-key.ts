import { createHash } from 'node:crypto';
import type { Exchange } from '../exchange/exchange.js';
import { plainAddress, siteOf } from '../protocol/http1/ip-address.js';

/** Longer ones are kept as their digest: the memory of a table is bounded by the number of its keys. */
const MAX_KEY_CHARACTERS = 64;

/** An address is in no field and no user's name: what a client chooses can never stand for somebody else's address. */
const CHOSEN = '=';

/**
 * Compiles what tells clients apart: `ip`, `user`, `global`, or `header:NAME`. Where there is no user and no such field
 * the address counts.
 */
export function compileRateLimitKey(extractor: string): (exchange: Exchange) => string {
  if (extractor === 'global') return () => '';
  const addressKey = compileAddressKey();
  if (extractor === 'ip') return addressKey;
  if (extractor === 'user') return (exchange) => chosenKey(exchange.user ?? undefined) ?? addressKey(exchange);
  const field = extractor.slice('header:'.length).toLowerCase();
  // As the backend will see the field: a client cannot set what the proxy sets.
  return (exchange) => {
    const { headers } = exchange.backendRequest;
    const value = headers.getKnown(field);
    // Of two lines a backend may go by either: whoever sends both is known by the address.
    const alone = value === undefined || headers.getAll(field).length > 1 ? undefined : value;
    return chosenKey(alone) ?? addressKey(exchange);
  };
}

/** Whoever has IPv6 has a /64 at least, and may come from another address of it each time. */
function compileAddressKey(): (exchange: Exchange) => string {
  // Many requests in a row come from one address.
  let lastAddress = '';
  let lastKey = siteOf(plainAddress(lastAddress));
  return ({ client: { address } }) => {
    if (address !== lastAddress) {
      lastAddress = address;
      lastKey = siteOf(plainAddress(address));
    }
    return lastKey;
  };
}

function chosenKey(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (value.length <= MAX_KEY_CHARACTERS) return CHOSEN + value;
  return CHOSEN + createHash('sha256').update(value).digest('base64');
}
