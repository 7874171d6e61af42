import type { BackendConnection } from '../connection/backend-connection.js';
import type { UpgradableWriter } from '../connection/client-response.js';
import type { Exchange } from '../exchange/exchange.js';
import { ProxyError } from '../exchange/proxy-error.js';
import type { TunnelPolicy } from '../exchange/tunnel-policy.js';
import { NO_BODY } from '../protocol/http1/body-framing.js';
import type { HeaderList } from '../protocol/http1/header-list.js';
import type { ResponseHead } from '../protocol/http1/response-head.js';
import { type UpgradeAgreement, verifyUpgradeResponse } from '../protocol/websocket/handshake.js';
import type { Lease } from '../service/lease.js';
import { endToEndHeaders } from './client-headers.js';
import type { ForwarderHost } from './forwarder-host.js';
import { OpenTunnel } from './open-tunnel.js';

/** What a tunnel will have of the backend's side. */
export interface UpgradedBackend {
  readonly connection: BackendConnection;
  readonly lease: Lease;
  readonly policy: TunnelPolicy;
}

export interface UpgradeListener {
  /** The 101 is a good one; its head is about to go to the client. */
  agreed(headers: HeaderList): void;
  /** The tunnel has both connections and the lease now. */
  opened(): void;
  refused(error: ProxyError): void;
}

/** Verifies a backend's 101, passes it on, and hands both connections to a tunnel. */
export function openTunnel(
  exchange: Exchange,
  head: ResponseHead,
  { connection, lease, policy }: UpgradedBackend,
  host: ForwarderHost,
  listener: UpgradeListener,
): void {
  let agreement: UpgradeAgreement;
  try {
    if (exchange.upgradeOffer === null) throw new ProxyError('bad-handshake', 'a 101 that nobody asked for');
    agreement = verifyUpgradeResponse(exchange.upgradeOffer, head);
  } catch (error) {
    listener.refused(ProxyError.fromProtocol(error));
    return;
  }
  const clientHead = { status: 101, reason: head.reason, headers: endToEndHeaders(head.headers) };
  listener.agreed(clientHead.headers);
  exchange.sendHead(clientHead, NO_BODY, () => {
    const backendChannel = connection.handOver();
    if (backendChannel === null) {
      listener.refused(new ProxyError('backend-gone', 'the backend closed behind its 101'));
      return;
    }
    const client = (exchange.writer as UpgradableWriter).handOver();
    listener.opened();
    new OpenTunnel(exchange, lease, { client, backend: backendChannel }, agreement, policy, host).start();
  });
}
