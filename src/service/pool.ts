import type { Sweepable } from '../channel/deadlines.js';
import type { Address } from '../channel/dialer.js';
import { BackendConnection, type BackendHost, type BackendUser } from '../connection/backend-connection.js';
import { OFF_ROSTER } from '../exchange/roster.js';

/** A backend may close an idle connection at any moment; what cannot be sent twice only uses one this fresh. */
const FRESH_MS = 2000;
/** A body that should not be there follows its head at once: a connection that was silent for so long is clean. */
const DOUBT_MS = 1000;
/** Ahead of the backend's own timeout, so that the last request does not meet its close. */
const KEEP_ALIVE_MARGIN_MS = 1000;

export interface PoolLimits {
  readonly maxIdleConnections: number;
  readonly idleTimeoutMs: number;
  readonly prewarm: number;
}

/** The idle connections to one backend, the most recently used first. */
export class Pool implements Sweepable {
  sweepPlace = OFF_ROSTER;
  #address: Address;
  readonly #host: BackendHost;
  #limits: PoolLimits;
  readonly #idle: BackendConnection[] = [];
  #open = 0;

  constructor(address: Address, host: BackendHost, limits: PoolLimits) {
    this.#address = address;
    this.#host = host;
    this.#limits = limits;
  }

  /** How many connections idle. */
  get idle(): number {
    return this.#idle.length;
  }

  /** How many are connecting, in use or idle; given to a tunnel they are the pool's no more. */
  get open(): number {
    return this.#open;
  }

  /**
   * A connection that is ready to be sent on, or null where there is none.
   * @param repeatable false for requests that must not be sent twice
   */
  takeIdle(user: BackendUser, repeatable: boolean): BackendConnection | null {
    const connection = this.#idle[this.#idle.length - 1];
    if (connection === undefined) return null;
    const idleMs = this.#host.deadlines.nowMs - connection.activeAtMs;
    if (connection.doubtful && idleMs < DOUBT_MS) return null;
    if (!repeatable && idleMs >= FRESH_MS) return null;
    this.#idle.pop();
    if (this.#idle.length === 0) this.#host.deadlines.delete(this);
    connection.user = user;
    return connection;
  }

  /** Begins to connect; `user` is told. */
  connect(user: BackendUser): BackendConnection {
    this.#open++;
    const connection: BackendConnection = new BackendConnection(this.#address, this.#host, user, () => {
      this.#open--;
      this.#forget(connection);
    });
    return connection;
  }

  /** Takes back a connection whose request and response were relayed whole. */
  put(connection: BackendConnection): void {
    connection.release();
    if (this.#idle.length >= this.#limits.maxIdleConnections) {
      connection.close();
      return;
    }
    // Those in doubt stand behind all others: they are asked for only when nothing else idles.
    if (connection.doubtful) this.#idle.unshift(connection);
    else this.#idle.push(connection);
    if (this.#idle.length === 1) this.#host.deadlines.add(this);
  }

  /** Keeps to other limits from now on; of what idles, the longest idle beyond them are closed. */
  follow(limits: PoolLimits): void {
    this.#limits = limits;
    const beyond = Math.max(0, this.#idle.length - limits.maxIdleConnections);
    for (const connection of this.#idle.slice(0, beyond)) connection.close();
  }

  /** For connections from now on; those that idle were made in another way. */
  useAddress(address: Address): void {
    this.#address = address;
    this.closeIdle();
  }

  warm(_on: boolean): void {}

  closeIdle(): void {
    for (const connection of [...this.#idle]) connection.close();
  }

  sweep(nowMs: number): void {
    for (const connection of [...this.#idle]) {
      if (nowMs - connection.activeAtMs >= this.#idleTimeoutMs(connection)) connection.close();
    }
  }

  #idleTimeoutMs(connection: BackendConnection): number {
    const own = this.#limits.idleTimeoutMs;
    if (connection.keepAliveMs === null) return own;
    return Math.min(own, Math.max(0, connection.keepAliveMs - KEEP_ALIVE_MARGIN_MS));
  }

  #forget(connection: BackendConnection): void {
    const at = this.#idle.lastIndexOf(connection);
    if (at < 0) return;
    this.#idle.splice(at, 1);
    if (this.#idle.length === 0) this.#host.deadlines.delete(this);
  }
}
