import type { Address } from '../channel/dialer.js';
import { BackendConnection, type BackendHost, type BackendUser } from '../connection/backend-connection.js';

const FIRST_RETRY_MS = 1000;
const MAX_RETRY_MS = 30_000;
/** Nobody waits for such a connection: only what hangs is given up. */
const CONNECT_TIMEOUT_MS = 10_000;
/** What dies unused sooner than that was never any good. */
const PROVEN_MS = 1000;

/** Whose connections they become. */
export interface WarmingOwner {
  /** It is connected and has no user. */
  warmed(connection: BackendConnection): void;
  /** One that was `warmed` is over or was given away. */
  warmedClosed(connection: BackendConnection): void;
}

/** The connections to one backend that are on their way before anybody needs them, and when to try again. */
export class Warming {
  readonly #host: BackendHost;
  readonly #owner: WarmingOwner;
  readonly #connecting = new Set<WarmingUser>();
  #failures = 0;
  #retryAtMs = 0;
  /** The last that was connected: while it idles unused it shows whether the backend keeps it. */
  #trial: BackendConnection | null = null;

  constructor(host: BackendHost, owner: WarmingOwner) {
    this.#host = host;
    this.#owner = owner;
  }

  /** How many are on their way. */
  get size(): number {
    return this.#connecting.size;
  }

  /** How many may begin now: none for a while after a failure (1 s, doubling up to 30 s), then one that is to prove it. */
  get room(): number {
    if (this.#backsOff) return 0;
    if (this.#failures === 0) return Number.POSITIVE_INFINITY;
    const trial = this.#trial;
    return (trial !== null && !trial.closed && trial.user === null) || this.#connecting.size > 0 ? 0 : 1;
  }

  begin(address: Address): void {
    const user = new WarmingUser(() => {
      this.#connecting.delete(user);
      connection.user = null;
      this.#trial = connection;
      this.#owner.warmed(connection);
    });
    const connection: BackendConnection = new BackendConnection(address, this.#host, user, () => {
      if (user.connected) {
        this.#owner.warmedClosed(connection);
      } else if (this.#connecting.delete(user)) {
        this.#backOff();
      }
    });
    user.connection = connection;
    this.#connecting.add(user);
  }

  /** One idles unused, or has died so. */
  idled(connection: BackendConnection, died: boolean): void {
    if (this.#host.deadlines.nowMs - connection.activeAtMs >= PROVEN_MS) this.proven();
    if (died) this.#backOff();
  }

  /** The backend has kept one, or has answered. */
  proven(): void {
    this.#failures = 0;
    this.#trial = null;
  }

  /** Whatever failed until now says nothing any more. */
  forget(): void {
    this.proven();
    this.#retryAtMs = 0;
  }

  giveUp(): void {
    for (const user of [...this.#connecting]) this.#giveUpOne(user);
  }

  sweep(nowMs: number): void {
    for (const user of [...this.#connecting]) {
      if (nowMs - (user.connection?.activeAtMs ?? nowMs) < CONNECT_TIMEOUT_MS) continue;
      this.#giveUpOne(user);
      this.#backOff();
    }
  }

  get #backsOff(): boolean {
    return this.#host.deadlines.nowMs < this.#retryAtMs;
  }

  #giveUpOne(user: WarmingUser): void {
    this.#connecting.delete(user);
    user.connection?.close();
  }

  /** Those that fail together are one failure. */
  #backOff(): void {
    if (this.#backsOff) return;
    this.#retryAtMs = this.#host.deadlines.nowMs + Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures);
    this.#failures++;
  }
}

/** Waits for one connection. */
class WarmingUser implements BackendUser {
  connection: BackendConnection | null = null;
  connected = false;
  readonly #told: () => void;

  constructor(told: () => void) {
    this.#told = told;
  }

  backendConnected(): void {
    this.connected = true;
    this.#told();
  }

  /** Its closing says the same. */
  backendFailed(): void {}

  informationalReceived(): void {}

  responseReceived(): void {}

  backendWritable(): void {}

  backendWriteFailed(): void {}
}
