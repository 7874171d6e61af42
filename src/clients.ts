import { type Channel, noOwner } from './channel/channel.js';
import { ClientConnection } from './connection/client-connection.js';
import type { ClientEndpoint, ClientHost } from './connection/client-host.js';
import { PeerAnnouncement } from './connection/peer-announcement.js';
import type { Clock } from './exchange/clock.js';
import type { Counters } from './exchange/counters.js';
import { Roster } from './exchange/roster.js';

const POLL_MS = 20;

export interface ClientsHost {
  /** What each connection gets. */
  readonly connections: ClientHost;
  readonly counters: Counters;
  readonly clock: Clock;
  /** Whether connections of this peer begin with a PROXY header. */
  awaitsProxyHeader(peerAddress: string): boolean;
}

/** Every client connection that is open, from its first byte on. */
export class Clients {
  readonly #host: ClientsHost;
  readonly #open = new Roster<'openPlace', ClientConnection | PeerAnnouncement>('openPlace');

  constructor(host: ClientsHost) {
    this.#host = host;
  }

  get size(): number {
    return this.#open.size;
  }

  accept(channel: Channel, endpoint: ClientEndpoint): void {
    this.#host.counters.clientConnections++;
    if (this.#host.awaitsProxyHeader(endpoint.peerAddress)) this.#awaitAnnouncement(channel, endpoint);
    else this.#begin(channel, endpoint);
  }

  /** Each ends where nothing is in flight on it, else after the response that is. @param port only those that came to it */
  drain(port: number | null = null): void {
    for (const one of [...this.#open]) if (port === null || one.listenerPort === port) one.drain();
  }

  /** What can still be answered is answered. */
  cut(): void {
    for (const one of [...this.#open]) one.cut();
  }

  destroy(): void {
    for (const one of [...this.#open]) one.channel.destroy();
  }

  /** True once none is open, false where some are after `withinMs`. */
  emptied(withinMs: number): Promise<boolean> {
    const { clock } = this.#host;
    const untilMs = clock.nowMs() + withinMs;
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.#open.size === 0) resolve(true);
        else if (clock.nowMs() >= untilMs) resolve(false);
        else clock.after(POLL_MS, look);
      };
      look();
    });
  }

  #awaitAnnouncement(channel: Channel, endpoint: ClientEndpoint): void {
    const waiting: PeerAnnouncement = new PeerAnnouncement(channel, endpoint, this.#host.connections, {
      announced: (client) => {
        if (client.startTls !== undefined) {
          // In a tick of its own: what came behind the header is with the channel only then.
          process.nextTick(() => this.#beginTls(waiting, client));
          return;
        }
        this.#open.delete(waiting);
        this.#begin(channel, client);
      },
      closed: () => this.#closed(waiting),
    });
    this.#open.add(waiting);
  }

  #beginTls(waiting: PeerAnnouncement, client: ClientEndpoint): void {
    const { channel } = waiting;
    if (channel.closed || channel.owner !== waiting) return; // told to whoever owns it
    this.#open.delete(waiting);
    channel.owner = noOwner;
    this.#begin(channel, client);
  }

  /** Where the listener speaks TLS and the handshake waited for a PROXY header, it begins now. */
  #begin(channel: Channel, endpoint: ClientEndpoint): void {
    const { startTls } = endpoint;
    if (startTls === undefined) this.#serve(channel, endpoint);
    else this.#serve(...startTls(endpoint));
  }

  #serve(channel: Channel, endpoint: ClientEndpoint): void {
    const { connections } = this.#host;
    const connection: ClientConnection = new ClientConnection(channel, endpoint, connections, () => {
      this.#closed(connection);
    });
    this.#open.add(connection);
  }

  #closed(one: ClientConnection | PeerAnnouncement): void {
    this.#host.counters.clientConnections--;
    this.#open.delete(one);
  }
}
