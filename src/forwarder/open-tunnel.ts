import type { Channel } from '../channel/channel.js';
import type { UpgradedSide } from '../connection/client-response.js';
import type { RelayedMessage } from '../exchange/events.js';
import type { Exchange } from '../exchange/exchange.js';
import type { ConnectionView, OpenConnection } from '../exchange/open-connection.js';
import { OFF_ROSTER } from '../exchange/roster.js';
import type { TunnelNumbers } from '../exchange/tunnel-numbers.js';
import type { TunnelPolicy } from '../exchange/tunnel-policy.js';
import type { UpgradeAgreement } from '../protocol/websocket/handshake.js';
import type { Backend } from '../service/backend.js';
import type { Lease } from '../service/lease.js';
import { Tunnel, type TunnelEnd } from '../tunnel/tunnel.js';
import type { ForwarderHost } from './forwarder-host.js';
import type { LongLived } from './long-lived.js';

/** What a tunnel needs of the process: nothing of a Revision, which it would hold for as long as it lives. */
type TunnelHost = Pick<ForwarderHost, 'clock' | 'counters' | 'deadlines' | 'events' | 'longLived' | 'tunnelNumbers'>;

/** A tunnel with what it is on: its exchange, its lease, and the rest of the process. */
export class OpenTunnel implements LongLived, OpenConnection {
  openPlace = OFF_ROSTER;
  readonly exchange: Exchange;
  readonly #lease: Lease;
  readonly #host: Pick<TunnelHost, 'counters' | 'events' | 'longLived'>;
  readonly #numbers: TunnelNumbers;
  readonly #client: Channel;
  readonly #backend: Channel;
  readonly #tunnel: Tunnel;
  readonly #agreement: UpgradeAgreement;
  readonly openedAtMs: number;

  constructor(
    exchange: Exchange,
    lease: Lease,
    sides: { readonly client: UpgradedSide; readonly backend: Channel },
    agreement: UpgradeAgreement,
    policy: TunnelPolicy,
    { clock, counters, deadlines, events, longLived, tunnelNumbers }: TunnelHost,
  ) {
    this.exchange = exchange;
    this.#lease = lease;
    this.#host = { counters, events, longLived };
    this.#client = sides.client.channel;
    this.#backend = sides.backend;
    this.#agreement = agreement;
    this.openedAtMs = clock.nowMs();
    const numbers = tunnelNumbers.of(exchange.route?.name ?? '', exchange.serviceName ?? '');
    this.#numbers = numbers;
    const tell = (message: RelayedMessage): void => events.messageRelayed?.(exchange, message);
    const messageRelayed = policy.logMessages ? tell : null;
    const { expiry } = exchange;
    const { client, backend } = sides;
    const { extensions } = agreement;
    // Named one by one: V8 grows a spread object member by member, which is the tenth part of opening a tunnel.
    const parts = { client, backend, policy, expiry, deadlines, clock, numbers, messageRelayed, extensions };
    this.#tunnel = new Tunnel(parts, (end) => this.#ended(end));
  }

  get backend(): Backend {
    return this.#lease.backend;
  }

  start(): void {
    const { counters, events, longLived } = this.#host;
    this.#lease.becomeTunnel();
    counters.tunnels++;
    this.#numbers.active++;
    this.#numbers.opened++;
    this.#numbers.handshakeSeconds.observe((this.openedAtMs - this.exchange.startedAtMs) / 1000);
    this.exchange.tunnelOpened = true;
    longLived.add(this);
    events.tunnelOpened(this.exchange, this);
    this.#tunnel.start();
  }

  get backendUrl(): string {
    return this.#lease.backend.url;
  }

  get heldBytes(): number {
    return this.#client.queuedBytes + this.#backend.queuedBytes;
  }

  get congested(): boolean {
    return this.#client.congested || this.#backend.congested;
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
    this.#count(end);
    longLived.delete(this);
    this.#lease.release();
    exchange.finish(end.error);
    if (exchange.outcome !== null) events.tunnelClosed(exchange, exchange.outcome, end.report);
  }

  #count({ error, report }: TunnelEnd): void {
    const { closes, tunnelSeconds } = this.#numbers;
    this.#numbers.active--;
    tunnelSeconds.observe(report.durationMs / 1000);
    const key = `${report.code} ${report.closedBy} ${error?.code ?? 'closed'}`;
    closes.set(key, (closes.get(key) ?? 0) + 1);
  }
}
