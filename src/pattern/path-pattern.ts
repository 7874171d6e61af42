import type { RE2JS } from 're2js';
import { PatternError } from './pattern-error.js';
import { compilePatternRegex } from './pattern-regex.js';

/** What a rule says of paths. */
export type PathPattern =
  | { readonly kind: 'exact'; readonly path: string }
  | SegmentPattern
  | { readonly kind: 'regex'; readonly regex: RE2JS };

/** A pattern with `*` in it. */
export interface SegmentPattern {
  readonly kind: 'segments';
  /** What stands before the first `*`, without its last slash. */
  readonly literal: string;
  /** The segments behind `literal`; null: any one. */
  readonly rest: readonly (string | null)[];
  /** It ended in `/*`: everything below matches too. */
  readonly open: boolean;
}

/**
 * Compiles `/ws` (exactly), `/ws/*` (that and everything below), one with `*` for a segment further left, or `~` and
 * a regular expression (found anywhere in the path unless anchored).
 * @throws PatternError
 */
export function compilePathPattern(pattern: string): PathPattern {
  if (pattern.startsWith('~')) return { kind: 'regex', regex: compilePatternRegex(pattern, 'exact-case') };
  if (!pattern.startsWith('/')) throw new PatternError(pattern, 'a path pattern begins with "/" or "~"');
  if (/[?#]/.test(pattern)) throw new PatternError(pattern, 'a path pattern has no query and no fragment');
  const segments = pattern.slice(1).split('/');
  const firstStar = segments.indexOf('*');
  if (segments.some((segment) => segment !== '*' && segment.includes('*'))) {
    throw new PatternError(pattern, '"*" stands for a whole segment; for a part of one, write a "~" pattern');
  }
  if (firstStar < 0) return { kind: 'exact', path: pattern };
  const open = segments.at(-1) === '*';
  const literal = segments
    .slice(0, firstStar)
    .map((segment) => `/${segment}`)
    .join('');
  const rest = segments.slice(firstStar, open ? -1 : undefined).map((segment) => (segment === '*' ? null : segment));
  return { kind: 'segments', literal, rest, open };
}

/** True where `pattern` matches `path`. */
export function pathPatternMatches(pattern: PathPattern, path: string): boolean {
  switch (pattern.kind) {
    case 'exact':
      return path === pattern.path;
    case 'segments':
      return path.startsWith(pattern.literal) && segmentsMatch(pattern, path);
    case 'regex':
      return pattern.regex.test(path);
  }
}

/** True where what follows `pattern.literal`, with which `path` begins, matches too. */
export function segmentsMatch(pattern: SegmentPattern, path: string): boolean {
  let at = pattern.literal.length;
  for (const segment of pattern.rest) {
    if (path.charCodeAt(at) !== SLASH) return false;
    const from = at + 1;
    const slash = path.indexOf('/', from);
    at = slash < 0 ? path.length : slash;
    if (segment === null ? at === from : at - from !== segment.length || !path.startsWith(segment, from)) return false;
  }
  return at === path.length || (pattern.open && path.charCodeAt(at) === SLASH);
}

/** Negative where `a` is asked before `b`, 0 where the first in the configuration goes first. */
export function comparePathPatterns(a: PathPattern, b: PathPattern): number {
  if (a.kind === 'segments' && b.kind === 'segments') return b.literal.length - a.literal.length;
  return RANK[a.kind] - RANK[b.kind];
}

const SLASH = 0x2f;
const RANK = { exact: 0, segments: 1, regex: 2 } as const satisfies Record<PathPattern['kind'], number>;
