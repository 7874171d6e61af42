import type { Sweepable } from '../channel/deadlines.js';
import type { Address } from '../channel/dialer.js';
import { BackendConnection, type BackendHost, type BackendUser } from '../connection/backend-connection.js';
import { OFF_ROSTER } from '../exchange/roster.js';
import { Warming, type WarmingOwner } from './warming.js';

/** A backend may close an idle connection at any moment; what cannot be sent twice only uses one this fresh. */
const FRESH_MS = 2000;
/** A body that should not be there follows its head at once: a connection that was silent for so long is clean. */
const DOUBT_MS = 1000;
/** Ahead of the backend's own timeout, so that the last request does not meet its close. */
const KEEP_ALIVE_MARGIN_MS = 1000;
/**
 * A backend waits for its first head as long as it does for any client's, then answers 408 or closes: Apache httpd after
 * 20 s, nginx and Node after 60 s. A request must not meet that.
 */
const UNUSED_MS = 15_000;

export interface PoolLimits {
  readonly maxIdleConnections: number;
  readonly idleTimeoutMs: number;
  /** So many idle connections are kept ready, made before anybody needs them; never above `maxIdleConnections`. */
  readonly prewarm: number;
}

/** The idle connections to one backend, the most recently used first. */
export class Pool implements Sweepable, WarmingOwner {
  sweepPlace = OFF_ROSTER;
  /** Connections in use by exchanges: connecting or connected, those of tunnels not. */
  open = 0;
  #address: Address;
  readonly #host: BackendHost;
  #limits: PoolLimits;
  readonly #idle: BackendConnection[] = [];
  readonly #warming: Warming;
  /** How many are to idle at least; 0 until limits are followed. */
  #ready = 0;
  #available = true;
  /** What closes now is closed by us: nothing has failed. */
  #discarding = false;

  /** No connection is made ready before {@link follow}. */
  constructor(address: Address, host: BackendHost, limits: PoolLimits) {
    this.#address = address;
    this.#host = host;
    this.#limits = limits;
    this.#warming = new Warming(host, this);
  }

  /** How many connections idle. */
  get idle(): number {
    return this.#idle.length;
  }

  /**
   * A connection that is ready to be sent on, or null where there is none.
   * @param repeatable false for requests that must not be sent twice
   */
  takeIdle(user: BackendUser, repeatable: boolean): BackendConnection | null {
    const connection = this.#idle.at(-1);
    if (connection === undefined) return null;
    const idleMs = this.#host.deadlines.nowMs - connection.activeAtMs;
    if (connection.doubtful && idleMs < DOUBT_MS) return null;
    if (!repeatable && idleMs >= FRESH_MS) return null;
    this.#idle.pop();
    this.open++;
    connection.user = user;
    if (this.#idle.length < this.#ready) this.#topUp();
    else if (this.#idle.length === 0) this.#watch();
    return connection;
  }

  /** Begins to connect; `user` is told. */
  connect(user: BackendUser): BackendConnection {
    this.open++;
    const connection: BackendConnection = new BackendConnection(this.#address, this.#host, user, () => {
      this.#forget(connection);
    });
    return connection;
  }

  /** Takes back a connection whose request and response were relayed whole. */
  put(connection: BackendConnection): void {
    connection.release();
    this.#warming.proven();
    if (this.#idle.length >= this.#limits.maxIdleConnections || connection.tls !== this.#address.tls) {
      connection.close();
      return;
    }
    this.open--;
    // Those in doubt stand behind all others: they are asked for only when nothing else idles.
    if (connection.doubtful) this.#idle.unshift(connection);
    else this.#idle.push(connection);
    if (this.#idle.length === 1) this.#host.deadlines.add(this);
  }

  /** Keeps to other limits from now on; of what idles, the longest idle beyond them are closed. */
  follow(limits: PoolLimits): void {
    this.#limits = limits;
    this.#ready = Math.min(limits.prewarm, limits.maxIdleConnections);
    const beyond = Math.max(0, this.#idle.length - limits.maxIdleConnections);
    for (const connection of this.#idle.slice(0, beyond)) this.#discard(connection);
    if (this.#ready === 0) this.#warming.giveUp();
    this.#topUp();
  }

  /** Whether the backend may be used now: false, and no connection to it is made ready. True to begin with. */
  warm(on: boolean): void {
    if (on === this.#available) return;
    this.#available = on;
    if (on) this.#warming.forget();
    else this.#warming.giveUp();
    this.#topUp();
  }

  /** For connections from now on; where TLS is spoken in another way now, those that idle, or would, are closed. */
  useAddress(address: Address): void {
    const { tls } = this.#address;
    this.#address = address;
    if (address.tls === tls) return;
    this.#closeAll();
    this.#warming.forget();
    this.#topUp();
  }

  /** None is made ready any more, until limits are followed again. */
  closeIdle(): void {
    this.#ready = 0;
    this.#closeAll();
    this.#watch();
  }

  sweep(nowMs: number): void {
    for (const connection of [...this.#idle]) {
      if (connection.served === 0) this.#warming.idled(connection, false);
      if (nowMs - connection.activeAtMs >= this.#idleTimeoutMs(connection)) this.#discard(connection);
    }
    this.#warming.sweep(nowMs);
    this.#topUp();
  }

  warmed(connection: BackendConnection): void {
    this.#idle.push(connection);
    if (this.#idle.length > this.#limits.maxIdleConnections) this.#discard(connection);
    this.#watch();
  }

  warmedClosed(connection: BackendConnection): void {
    this.#forget(connection);
  }

  /** Has as many idle, or on their way, as are to be ready. */
  #topUp(): void {
    const begun = this.#available ? Math.min(this.#missing, this.#warming.room) : 0;
    for (let count = 0; count < begun; count++) this.#warming.begin(this.#address);
    this.#watch();
  }

  get #missing(): number {
    return this.#ready - this.#idle.length - this.#warming.size;
  }

  /** Is on the timer while there is something to wait for. */
  #watch(): void {
    const waits = this.#idle.length > 0 || this.#warming.size > 0 || (this.#available && this.#missing > 0);
    if (waits) this.#host.deadlines.add(this);
    else this.#host.deadlines.delete(this);
  }

  #closeAll(): void {
    this.#warming.giveUp();
    for (const connection of [...this.#idle]) this.#discard(connection);
  }

  /** Closes one that idles. */
  #discard(connection: BackendConnection): void {
    this.#discarding = true;
    connection.close();
    this.#discarding = false;
  }

  #idleTimeoutMs(connection: BackendConnection): number {
    const own = this.#limits.idleTimeoutMs;
    if (connection.served === 0) return Math.min(own, UNUSED_MS);
    if (connection.keepAliveMs === null) return own;
    return Math.min(own, Math.max(0, connection.keepAliveMs - KEEP_ALIVE_MARGIN_MS));
  }

  /** It is over or was given away. */
  #forget(connection: BackendConnection): void {
    const at = this.#idle.lastIndexOf(connection);
    if (at < 0) {
      this.open--;
      return;
    }
    this.#idle.splice(at, 1);
    if (this.#discarding) return;
    if (connection.served === 0) this.#warming.idled(connection, true);
    this.#topUp();
  }
}
