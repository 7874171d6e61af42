import type { Exchange } from '../../../src/exchange/exchange.js';
import { identifyClient } from '../../../src/forwarder/client-identity.js';
import type { ForwardingRules } from '../../../src/forwarder/forwarder-host.js';
import { trustIn } from '../../../src/forwarder/trusted-proxies.js';
import { lastingLine } from '../../../src/protocol/http1/field-line.js';
import { type FakeRequest, fakeExchange } from '../middleware/fake-exchange.js';

/** The peer of every fake exchange. */
export const PEER = '198.51.100.7';

export function rulesOf(rules: Partial<ForwardingRules> = {}): ForwardingRules {
  return {
    pseudonym: 'toyou-proxy-test',
    via: lastingLine('Via', '1.1 toyou-proxy-test'),
    forwarded: false,
    xRealIp: false,
    expose: false,
    isTrusted: () => false,
    ...rules,
  };
}

/** Trusts the peer and the networks given. */
export function trusting(networks: readonly string[] = [], rules: Partial<ForwardingRules> = {}): ForwardingRules {
  return rulesOf({ ...rules, isTrusted: trustIn([PEER, ...networks]) });
}

/** An exchange whose client is identified by these rules. */
export function identified(rules: ForwardingRules, request: FakeRequest = {}): Exchange {
  const { exchange } = fakeExchange(request);
  identifyClient(exchange, rules);
  return exchange;
}
