import { resolveTunnelPolicy, type TunnelPolicy, type TunnelSettings } from '../exchange/tunnel-policy.js';

const NOBODY: TunnelSettings = {};

/** Resolves policies, and keeps them: all tunnels that the same middlewares and service speak for share one record. */
export class TunnelPolicies {
  readonly #byService = new WeakMap<TunnelSettings, WeakMap<TunnelSettings, TunnelPolicy>>();

  /** @param settings of the exchange's middlewares @param service what its service says */
  of(settings: TunnelSettings | null, service: TunnelSettings): TunnelPolicy {
    const own = settings ?? NOBODY;
    let bySettings = this.#byService.get(service);
    if (bySettings === undefined) {
      bySettings = new WeakMap();
      this.#byService.set(service, bySettings);
    }
    let policy = bySettings.get(own);
    if (policy === undefined) {
      policy = resolveTunnelPolicy([own, service]);
      bySettings.set(own, policy);
    }
    return policy;
  }
}
