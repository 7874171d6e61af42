import type { Exchange } from '../../exchange/exchange.js';
import { ProxyError } from '../../exchange/proxy-error.js';
import { cookieValues } from '../../protocol/http1/cookie.js';
import { splitFieldList } from '../../protocol/http1/field-list.js';
import { BadCredential, MAX_CREDENTIAL_CHARACTERS, type TakeCredential } from './identity.js';

/** Where a token may stand. */
export interface TokenPlaces {
  readonly header: string;
  readonly cookie: string | null;
  readonly query: string | null;
  /** The word before the dot: `bearer` for an offer of `bearer.<token>`. */
  readonly subprotocol: string | null;
}

/**
 * The token of a request: of its header field, else of its WebSocket offer, its query, its cookie. Those of offer and
 * query go no further, wherever the one that counts stands: a backend's log would have them. A place that holds two is
 * a fault, for one of them was seen by nobody.
 */
export function takingToken(places: TokenPlaces): TakeCredential {
  return (exchange) => {
    const offered = places.subprotocol === null ? null : takeOffered(exchange, `${places.subprotocol}.`);
    const asked = places.query === null ? null : takeAsked(exchange, places.query);
    const token = inHeader(exchange, places.header) ?? offered ?? asked ?? inCookie(exchange, places.cookie);
    if (token !== null && token.length > MAX_CREDENTIAL_CHARACTERS) throw new BadCredential('the token is over 8 KiB');
    return token;
  };
}

/** `Bearer <token>` or the token alone. Another scheme is a credential for somebody else. */
function inHeader({ request }: Exchange, name: string): string | null {
  const value = onlyOne(request.head.headers.getAll(name), `${name} fields`);
  if (value === null || value === '') return null;
  const bearer = /^bearer(?: +|$)/i.exec(value)?.[0];
  if (bearer !== undefined) return value.slice(bearer.length);
  return value.includes(' ') ? null : value;
}

function inCookie({ request }: Exchange, name: string | null): string | null {
  if (name === null) return null;
  const value = onlyOne(cookieValues(request.head.headers.getAll('cookie'), name, 2), `cookies ${name}`);
  return value === '' ? null : value;
}

/** By what the client sent: a `websocket` middleware before this one may have taken it out already. */
function takeOffered(exchange: Exchange, prefix: string): string | null {
  const { upgradeOffer, backendRequest, request } = exchange;
  if (upgradeOffer === null) return null;
  const isToken = (subprotocol: string) => subprotocol.startsWith(prefix);
  const offer = request.head.headers.getAll(FIELD).flatMap(splitFieldList);
  const tokens = offer.filter(isToken);
  if (tokens.length === 0) return null;
  if (tokens.length === offer.length) throw new ProxyError('subprotocol-missing', 'a token is all that is offered');
  const left = upgradeOffer.subprotocols.filter((subprotocol) => !isToken(subprotocol));
  exchange.upgradeOffer = { ...upgradeOffer, subprotocols: left };
  if (left.length === 0) backendRequest.headers.delete(FIELD);
  else backendRequest.headers.set(FIELD, left.join(', '));
  return onlyOne(tokens, 'offered tokens')?.slice(prefix.length) ?? null;
}

const FIELD = 'Sec-WebSocket-Protocol';

function takeAsked(exchange: Exchange, name: string): string | null {
  const { backendRequest, request } = exchange;
  const mark = backendRequest.target.indexOf('?');
  if (mark >= 0) {
    const kept = pairsOf(backendRequest.target.slice(mark)).filter((pair) => nameOf(pair) !== name);
    const query = kept.length === 0 ? '' : `?${kept.join('&')}`;
    backendRequest.target = backendRequest.target.slice(0, mark) + query;
  }
  const asked = pairsOf(request.facts.target.query).filter((pair) => nameOf(pair) === name);
  const pair = onlyOne(asked, `parameters ${name}`);
  return pair === null ? null : decoded(pair.slice(pair.indexOf('=') + 1)) || null;
}

/** @param query with its question mark, or empty */
function pairsOf(query: string): string[] {
  return query.length <= 1 ? [] : query.slice(1).split('&');
}

function nameOf(pair: string): string | null {
  const equals = pair.indexOf('=');
  return equals < 0 ? null : decoded(pair.slice(0, equals));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

function onlyOne(values: readonly string[], what: string): string | null {
  if (values.length > 1) throw new BadCredential(`there are ${values.length} ${what}`);
  return values[0] ?? null;
}
