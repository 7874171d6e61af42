import { LRUCache } from 'lru-cache';
import type { RE2JS } from 're2js';
import type { HostPattern } from './host-pattern.js';

/** Finds what belongs to a host: exact before wildcard (longest suffix first) before regex before `*`. */
export class HostTable<T> {
  readonly #exact = new Map<string, T>();
  readonly #suffixes = new Map<string, T>();
  readonly #suffixLengths = new Set<number>();
  readonly #regexes: { readonly regex: RE2JS; readonly value: T }[] = [];
  #any: T | null = null;
  /** A regex costs over a microsecond, a look-up here a tenth: hosts repeat. */
  readonly #byRegex = new LRUCache<string, { readonly value: T | null }>({ max: MAX_REMEMBERED_HOSTS });

  /** Among equal patterns the first that was added counts. Everything is added before the first `find`. */
  add(pattern: HostPattern, value: T): void {
    switch (pattern.kind) {
      case 'exact':
        if (!this.#exact.has(pattern.host)) this.#exact.set(pattern.host, value);
        break;
      case 'wildcard':
        if (!this.#suffixes.has(pattern.suffix)) this.#suffixes.set(pattern.suffix, value);
        this.#suffixLengths.add(pattern.suffix.length);
        break;
      case 'regex':
        this.#regexes.push({ regex: pattern.regex, value });
        break;
      case 'any':
        this.#any ??= value;
    }
  }

  /** @param host as `hostName` makes it */
  find(host: string): T | null {
    return this.#exact.get(host) ?? this.#findSuffix(host) ?? this.#findRegex(host) ?? this.#any;
  }

  /** From the left, so that the longest suffix comes first; a suffix is never the whole host. */
  #findSuffix(host: string): T | undefined {
    if (this.#suffixLengths.size === 0) return undefined;
    for (let dot = host.indexOf('.', 1); dot > 0; dot = host.indexOf('.', dot + 1)) {
      if (!this.#suffixLengths.has(host.length - dot)) continue;
      const found = this.#suffixes.get(host.slice(dot));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #findRegex(host: string): T | null {
    if (this.#regexes.length === 0) return null;
    const known = this.#byRegex.get(host);
    if (known !== undefined) return known.value;
    const value = this.#regexes.find(({ regex }) => regex.test(host))?.value ?? null;
    this.#byRegex.set(host, { value });
    return value;
  }
}

const MAX_REMEMBERED_HOSTS = 1000;
