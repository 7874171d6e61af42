import { resolveTunnelPolicy, type TunnelPolicy, type TunnelSettings } from '../exchange/tunnel-policy.js';
import type { ServiceTraits } from '../service/service.js';

const NOBODY: TunnelSettings = {};

/** A service, as far as it matters here. */
interface SaysOfTunnels {
  readonly traits: Pick<ServiceTraits, 'tunnelSettings'>;
}

/** Resolves policies, and keeps them: all tunnels that the same middlewares and service speak for share one record. */
export class TunnelPolicies {
  readonly #byService = new WeakMap<TunnelSettings, WeakMap<TunnelSettings, TunnelPolicy>>();

  /** @param settings of the exchange's middlewares */
  of(settings: TunnelSettings | null, { traits }: SaysOfTunnels): TunnelPolicy {
    const own = settings ?? NOBODY;
    const ofService = traits.tunnelSettings;
    let bySettings = this.#byService.get(ofService);
    if (bySettings === undefined) {
      bySettings = new WeakMap();
      this.#byService.set(ofService, bySettings);
    }
    let policy = bySettings.get(own);
    if (policy === undefined) {
      policy = resolveTunnelPolicy([own, ofService]);
      bySettings.set(own, policy);
    }
    return policy;
  }
}
