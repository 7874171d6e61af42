import type { RE2JS } from 're2js';
import { type PathPattern, type SegmentPattern, segmentsMatch } from '../pattern/path-pattern.js';

/** Finds what belongs to a path: exact before the longest literal prefix before regex. */
export class PathTable<T> {
  readonly #exact = new Map<string, T>();
  /** By what stands before the first `*`, in the order of the configuration. */
  readonly #byLiteral = new Map<string, { readonly pattern: SegmentPattern; readonly value: T }[]>();
  readonly #literalLengths = new Set<number>();
  #longestLiteral = -1;
  readonly #regexes: { readonly regex: RE2JS; readonly value: T }[] = [];

  /** Among equal patterns the first that was added counts. */
  add(pattern: PathPattern, value: T): void {
    switch (pattern.kind) {
      case 'exact':
        if (!this.#exact.has(pattern.path)) this.#exact.set(pattern.path, value);
        break;
      case 'segments': {
        const same = this.#byLiteral.get(pattern.literal) ?? [];
        same.push({ pattern, value });
        this.#byLiteral.set(pattern.literal, same);
        this.#literalLengths.add(pattern.literal.length);
        this.#longestLiteral = Math.max(this.#longestLiteral, pattern.literal.length);
        break;
      }
      case 'regex':
        this.#regexes.push({ regex: pattern.regex, value });
    }
  }

  /** @param path decoded, dot segments resolved, repeated slashes merged; without query */
  find(path: string): T | null {
    return this.#exact.get(path) ?? this.#findPrefix(path) ?? this.#findRegex(path);
  }

  /** Cuts the path at its slashes from the right: one look-up a segment, however many rules there are. */
  #findPrefix(path: string): T | undefined {
    if (this.#longestLiteral < 0) return undefined;
    let end = path.length;
    if (end > this.#longestLiteral) end = path.lastIndexOf('/', this.#longestLiteral);
    while (end >= 0) {
      if (this.#literalLengths.has(end)) {
        const found = this.#findWithLiteral(path, end);
        if (found !== undefined) return found;
      }
      end = end === 0 ? -1 : path.lastIndexOf('/', end - 1);
    }
    return undefined;
  }

  #findWithLiteral(path: string, end: number): T | undefined {
    const rules = this.#byLiteral.get(end === path.length ? path : path.slice(0, end));
    if (rules === undefined) return undefined;
    for (const { pattern, value } of rules) if (segmentsMatch(pattern, path)) return value;
    return undefined;
  }

  #findRegex(path: string): T | null {
    for (const { regex, value } of this.#regexes) if (regex.test(path)) return value;
    return null;
  }
}
