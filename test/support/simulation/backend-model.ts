import type { Backend, BackendOverride } from '../../../src/service/backend.js';
import type { Lease } from '../../../src/service/lease.js';

/** What a judge knows of a backend: by what it was told, and by the leases that it has counted itself. */
export class BackendModel {
  readonly backend: Backend;
  unhealthy = false;
  /** By the traffic; null: it is not out. */
  outUntilMs: number | null = null;
  /** The lease on trial. */
  trial: Lease | null = null;
  /** When the next trial is due though the one under way has not ended. */
  #trialUntilMs = 0;
  leases = 0;
  exchanges = 0;
  tunnels = 0;
  /** How often it was picked. */
  picks = 0;

  readonly #overrides: ReadonlyMap<string, BackendOverride>;

  /** @param overrides what an operator says, by the url */
  constructor(backend: Backend, overrides: ReadonlyMap<string, BackendOverride>) {
    this.backend = backend;
    this.#overrides = overrides;
  }

  available(nowMs: number): boolean {
    const { traits, url } = this.backend;
    const override = this.#overrides.get(url);
    if (!(override?.active ?? traits.active) || (override?.weight ?? traits.weight) === 0) return false;
    return !this.unhealthy && (this.outUntilMs === null || this.#trialIsDue(this.outUntilMs, nowMs));
  }

  hasRoom(forTunnel: boolean): boolean {
    const { maxExchanges, maxTunnels } = this.backend.traits;
    return this.exchanges < maxExchanges && (!forTunnel || maxTunnels === 0 || this.tunnels < maxTunnels);
  }

  /** Counts a lease up to its release. */
  leased(lease: Lease, forTunnel: boolean, nowMs: number): void {
    if (this.outUntilMs !== null && this.#trialIsDue(this.outUntilMs, nowMs)) {
      this.trial = lease;
      this.#trialUntilMs = nowMs + this.backend.traits.circuit.retryAfterMs;
    }
    this.picks++;
    this.leases++;
    this.exchanges++;
    if (forTunnel) this.tunnels++;
    const [release, becomeTunnel] = [lease.release.bind(lease), lease.becomeTunnel.bind(lease)];
    let held: 'exchange' | 'tunnel' | null = 'exchange';
    lease.becomeTunnel = () => {
      if (held === 'exchange') this.exchanges--;
      held = 'tunnel';
      becomeTunnel();
    };
    lease.release = () => {
      if (held !== null) {
        this.leases--;
        if (held === 'exchange') this.exchanges--;
        if (forTunnel) this.tunnels--;
        if (this.trial === lease) this.trial = null;
      }
      held = null;
      release();
    };
  }

  #trialIsDue(outUntilMs: number, nowMs: number): boolean {
    return nowMs >= (this.trial === null ? outUntilMs : this.#trialUntilMs);
  }

  /** What its own numbers say otherwise; empty: nothing. */
  miscounted(): string {
    const { exchanges, leases, pool, tunnels, url } = this.backend;
    if (leases !== this.leases || exchanges !== this.exchanges || tunnels !== this.tunnels)
      return `${url} counts ${leases}, ${exchanges}, ${tunnels} instead of ${this.leases}, ${this.exchanges}, ${this.tunnels}`;
    return pool.open > exchanges ? `${url} has ${pool.open} connections in use by ${exchanges} exchanges` : '';
  }
}
