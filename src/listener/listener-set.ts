import type { Channel } from '../channel/channel.js';
import type { ClientEndpoint } from '../connection/client-host.js';
import type { Certificates } from './certificates.js';
import type { Listener } from './listener.js';

type Accepted = (channel: Channel, endpoint: ClientEndpoint) => void;
/** By port: what listeners that speak TLS show. */
type CertificatesByPort = ReadonlyMap<number, Certificates>;
/** @param certificates null: it speaks no TLS */
type MakeListener = (port: number, accepted: Accepted, certificates: Certificates | null) => Listener;

/** What a set is about to become: the new ports are open, the old ones not closed. */
export interface ListenerChange {
  /** Ports as configured. */
  readonly opened: readonly number[];
  readonly closed: readonly number[];
  /** Serves the new ports and closes those that are wanted no more. */
  commit(): void;
  /** Closes the new ports again. */
  abort(): void;
}

/** The open listeners, by their port as configured. */
export class ListenerSet implements Iterable<Listener> {
  readonly #make: MakeListener;
  readonly #accepted: Accepted;
  readonly #listeners = new Map<number, Listener>();

  constructor(make: MakeListener, accepted: Accepted) {
    this.#make = make;
    this.#accepted = accepted;
  }

  /**
   * Opens what of these ports is not open yet: all or none. Clients that come to it wait until `commit`: what serves
   * them is not in place before.
   * @throws ListenError
   */
  async prepare(ports: readonly number[], certificates: CertificatesByPort): Promise<ListenerChange> {
    const early: Parameters<Accepted>[] = [];
    let accepted: Accepted = (...client) => early.push(client);
    const opening = new Map<number, Listener>();
    const abort = (): void => {
      for (const listener of opening.values()) listener.close();
      for (const [channel] of early) channel.destroy();
    };
    try {
      for (const port of ports) {
        if (this.#listeners.has(port)) continue;
        const listener = this.#make(port, (...client) => accepted(...client), certificates.get(port) ?? null);
        opening.set(port, listener);
        await listener.open();
      }
    } catch (error) {
      abort();
      throw error;
    }
    const closed = [...this.#listeners.keys()].filter((port) => !ports.includes(port));
    const commit = (): void => {
      accepted = this.#accepted;
      for (const [port, listener] of this.#listeners) listener.useCertificates(certificates.get(port) ?? null);
      for (const [port, listener] of opening) this.#listeners.set(port, listener);
      for (const port of closed) {
        this.#listeners.get(port)?.close();
        this.#listeners.delete(port);
      }
      for (const [channel, endpoint] of early) if (!channel.closed) this.#accepted(channel, endpoint);
    };
    return { opened: [...opening.keys()], closed, commit, abort };
  }

  /** Accepts no more. */
  close(): void {
    for (const listener of this.#listeners.values()) listener.close();
  }

  [Symbol.iterator](): Iterator<Listener> {
    return this.#listeners.values();
  }
}
