import type { Exchange } from '../exchange/exchange.js';
import { clientAddressFrom } from '../protocol/http1/forwarded.js';
import type { ForwardingRules } from './forwarder-host.js';

/** An id that may be taken over: what log lines and headers can hold without quoting. */
const SAFE_ID = /^[\w.:+/=@-]{1,128}$/;

/** Finds out who asks: behind trusted proxies the real client's address, and the request id they gave. */
export function identifyClient(exchange: Exchange, rules: ForwardingRules): void {
  const { client } = exchange;
  if (!rules.isTrusted(client.peerAddress)) return;
  const { headers } = exchange.request.head;
  client.trusted = true;
  client.address = clientAddressFrom(headers.getAll('x-forwarded-for'), client.peerAddress, rules.isTrusted);
  const id = headers.get('x-request-id');
  if (id !== undefined && SAFE_ID.test(id)) exchange.id = id;
}
