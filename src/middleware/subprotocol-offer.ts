import type { Exchange } from '../exchange/exchange.js';
import { ProxyError } from '../exchange/proxy-error.js';

const FIELD = 'Sec-WebSocket-Protocol';

/**
 * Takes all but some subprotocols out of what the client offers. What is verified of the backend's answer is what was
 * sent to it: one that picks another all the same is a `bad-handshake`.
 * @throws ProxyError `subprotocol-refused` where some were offered and none is left
 */
export function narrowOffer(exchange: Exchange, allowed: ReadonlySet<string>): void {
  const offer = exchange.upgradeOffer;
  if (offer === null) return;
  const left = offer.subprotocols.filter((subprotocol) => allowed.has(subprotocol));
  if (left.length === offer.subprotocols.length) return;
  if (left.length === 0) {
    throw new ProxyError('subprotocol-refused', `none of subprotocols: ${offer.subprotocols.join(', ').slice(0, 200)}`);
  }
  exchange.upgradeOffer = { ...offer, subprotocols: left };
  exchange.backendRequest.headers.set(FIELD, left.join(', '));
}
