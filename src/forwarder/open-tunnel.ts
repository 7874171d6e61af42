import type { Channel } from '../channel/channel.js';
import type { UpgradedSide } from '../connection/client-response.js';
import type { Exchange } from '../exchange/exchange.js';
import type { ConnectionView, OpenConnection } from '../exchange/open-connection.js';
import { OFF_ROSTER } from '../exchange/roster.js';
import type { TunnelPolicy } from '../exchange/tunnel-policy.js';
import type { UpgradeAgreement } from '../protocol/websocket/handshake.js';
import type { Backend } from '../service/backend.js';
import type { Lease } from '../service/lease.js';
import { Tunnel, type TunnelEnd } from '../tunnel/tunnel.js';
import type { ForwarderHost } from './forwarder-host.js';
import type { LongLived } from './long-lived.js';

/** What a tunnel needs of the process: nothing of a Revision, which it would hold for as long as it lives. */
export type TunnelHost = Pick<ForwarderHost, 'counters' | 'deadlines' | 'events' | 'longLived' | 'nowMs'>;

/** A tunnel with what it is on: its exchange, its lease, and the rest of the process. */
export class OpenTunnel implements LongLived, OpenConnection {
  openPlace = OFF_ROSTER;
  readonly exchange: Exchange;
  readonly #lease: Lease;
  readonly #host: TunnelHost;
  readonly #tunnel: Tunnel;
  readonly #agreement: UpgradeAgreement;
  readonly openedAtMs: number;

  constructor(
    exchange: Exchange,
    lease: Lease,
    sides: { readonly client: UpgradedSide; readonly backend: Channel },
    agreement: UpgradeAgreement,
    policy: TunnelPolicy,
    { counters, deadlines, events, longLived, nowMs }: TunnelHost,
  ) {
    this.exchange = exchange;
    this.#lease = lease;
    this.#host = { counters, deadlines, events, longLived, nowMs };
    this.#agreement = agreement;
    this.openedAtMs = nowMs();
    const parts = { ...sides, policy, deadlines, extensions: agreement.extensions, nowMs };
    this.#tunnel = new Tunnel(parts, (end) => this.#ended(end));
  }

  get backend(): Backend {
    return this.#lease.backend;
  }

  start(): void {
    const { counters, events, longLived } = this.#host;
    this.#lease.becomeTunnel();
    counters.tunnels++;
    longLived.add(this);
    events.tunnelOpened(this.exchange, this);
    this.#tunnel.start();
  }

  get backendUrl(): string {
    return this.#lease.backend.url;
  }

  view(): ConnectionView {
    return { ...this.#tunnel.view(), ...this.#agreement };
  }

  close(code: number, reason: string): void {
    this.#tunnel.close(code, reason);
  }

  drain(why?: string): void {
    this.#tunnel.drain(why);
  }

  cut(): void {
    this.#tunnel.cut();
  }

  #ended(end: TunnelEnd): void {
    const { counters, events, longLived } = this.#host;
    const { exchange } = this;
    counters.tunnels--;
    longLived.delete(this);
    this.#lease.release();
    exchange.finish(end.error);
    if (exchange.outcome !== null) events.tunnelClosed(exchange, exchange.outcome, end.report);
  }
}
