import type { Backend, BackendOverride } from './backend.js';

/**
 * What operators said of backends instead of the configuration: of one address, by the backend's key, or of all
 * addresses of a name, those included that it does not have yet, by what they were written as.
 */
export class Overrides {
  readonly #overrides = new Map<string, BackendOverride>();

  /** Null: the configuration holds. What is said of one address goes before what is said of its name. */
  of({ key }: Pick<Backend, 'key'>, written: string): BackendOverride | null {
    const own = this.#overrides.get(key);
    const all = this.#overrides.get(written);
    if (own === undefined || all === undefined) return own ?? all ?? null;
    return { active: own.active ?? all.active, weight: own.weight ?? all.weight };
  }

  /** @param place a backend's key, or what it was written as */
  change(place: string, { active, weight }: Partial<BackendOverride>): void {
    const before = this.#overrides.get(place);
    const after = {
      active: active === undefined ? (before?.active ?? null) : active,
      weight: weight === undefined ? (before?.weight ?? null) : weight,
    };
    if (after.active === null && after.weight === null) this.#overrides.delete(place);
    else this.#overrides.set(place, after);
  }
}
