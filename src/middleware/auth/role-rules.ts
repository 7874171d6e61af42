import { posix } from 'node:path';
import type { Exchange } from '../../exchange/exchange.js';
import { compilePathPattern, type PathPattern, pathPatternMatches } from '../../pattern/path-pattern.js';

/** What `require_roles` and `rules` ask for. */
export interface RoleDemands {
  /** All of them, everywhere. */
  readonly everywhere: readonly string[];
  readonly rules: readonly {
    readonly path: string;
    /** Undefined: all. */
    readonly methods?: readonly string[] | undefined;
    /** One of them is enough; none: whoever is known. */
    readonly roles: readonly string[];
  }[];
}

/** Who may do what. Every rule that matches counts, so that their order cannot open anything. */
export class RoleRules {
  readonly #everywhere: readonly string[];
  readonly #rules: readonly { pattern: PathPattern; methods: ReadonlySet<string> | null; roles: readonly string[] }[];

  constructor({ everywhere, rules }: RoleDemands) {
    this.#everywhere = everywhere;
    this.#rules = rules.map(({ path, methods, roles }) => ({
      pattern: compilePathPattern(path),
      methods: methods === undefined ? null : new Set(withHead(methods)),
      roles,
    }));
  }

  /** Whether nobody in particular is too little here. */
  wantsSomebody(exchange: Exchange): boolean {
    return this.#everywhere.length > 0 || this.#rules.some((rule) => concerns(rule, exchange));
  }

  /** What is missing, for the log; null: nothing is. */
  missing(exchange: Exchange, roles: ReadonlySet<string>): string | null {
    const lacking = this.#everywhere.find((role) => !roles.has(role));
    if (lacking !== undefined) return `require_roles: ${lacking}`;
    for (const rule of this.#rules) {
      if (rule.roles.length === 0 || rule.roles.some((role) => roles.has(role)) || !concerns(rule, exchange)) continue;
      return `one of ${rule.roles.join(', ')}`;
    }
    return null;
  }
}

function concerns(
  { pattern, methods }: { readonly pattern: PathPattern; readonly methods: ReadonlySet<string> | null },
  { request }: Exchange,
): boolean {
  // Methods differ by case (RFC 9110 section 9.1), but not to every backend: `delete` deletes in many.
  if (methods !== null && !methods.has(request.head.method.toUpperCase())) return false;
  const { matchPath } = request.facts.target;
  if (pathPatternMatches(pattern, matchPath)) return true;
  const loose = looselyRead(matchPath);
  return loose !== matchPath && pathPatternMatches(pattern, loose);
}

/** As a backend may read it that takes `%2F` for a slash: a rule holds for that path too. */
function looselyRead(path: string): string {
  return path.includes('%') ? posix.normalize(path.replace(/%2f|%5c/gi, '/')) : path;
}

/** HEAD tells what GET tells: a rule for the one that left the other open would protect nothing. */
function withHead(methods: readonly string[]): readonly string[] {
  return methods.includes('GET') ? [...methods, 'HEAD'] : methods;
}
