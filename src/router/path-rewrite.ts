import type { PathRewrite } from '../exchange/route.js';
import { PatternError } from '../pattern/pattern-error.js';
import { compilePatternRegex } from '../pattern/pattern-regex.js';

/** How a rule changes the path towards the backend; `stripPrefix` goes first. */
export interface RewriteRule {
  readonly stripPrefix?: string | undefined;
  /** `from`: `~` and a regular expression; `to`: what stands instead of its first match, with `$0` to `$9`. */
  readonly rewrite?: { readonly from: string; readonly to: string } | undefined;
}

/**
 * Compiles a rule's changes; null where it has none. They see the path as it came, never decoded, and leave alone what
 * they do not match. The query is kept unless `to` brings its own. Whether the outcome is a target is for the caller
 * to check.
 * @throws PatternError
 */
export function compileRewrite(rule: RewriteRule): PathRewrite | null {
  const strip = rule.stripPrefix === undefined ? null : compileStrip(rule.stripPrefix);
  const replace = rule.rewrite === undefined ? null : compileReplacement(rule.rewrite.from, rule.rewrite.to);
  if (strip === null || replace === null) return strip ?? replace;
  return (rawTarget) => replace(strip(rawTarget));
}

function compileStrip(prefix: string): PathRewrite | null {
  if (!prefix.startsWith('/')) throw new PatternError(prefix, 'a prefix begins with "/"');
  if (/[?#]/.test(prefix)) throw new PatternError(prefix, 'a prefix has no query and no fragment');
  const bare = prefix.replace(/\/+$/, '');
  if (bare === '') return null;
  return (rawTarget) => {
    if (!rawTarget.startsWith(bare)) return rawTarget;
    const rest = rawTarget.slice(bare.length);
    if (rest === '' || rest.startsWith('?')) return `/${rest}`;
    return rest.startsWith('/') ? rest : rawTarget;
  };
}

function compileReplacement(from: string, to: string): PathRewrite {
  if (!from.startsWith('~')) throw new PatternError(from, 'expected "~" and a regular expression');
  const regex = compilePatternRegex(from, 'exact-case');
  const parts = parseReplacement(to, regex.groupCount());
  const bringsQuery = to.includes('?');
  return (rawTarget) => {
    const mark = rawTarget.indexOf('?');
    const path = mark < 0 ? rawTarget : rawTarget.slice(0, mark);
    const matcher = regex.matcher(path);
    if (!matcher.find()) return rawTarget;
    let replaced = path.slice(0, matcher.start());
    for (const part of parts) replaced += typeof part === 'string' ? part : (matcher.group(part) ?? '');
    replaced += path.slice(matcher.end());
    return mark < 0 || bringsQuery ? replaced : replaced + rawTarget.slice(mark);
  };
}

/** Text and numbers of groups, in their order. `$$` and `\$` are a dollar sign. */
function parseReplacement(to: string, groups: number): (string | number)[] {
  const parts: (string | number)[] = [];
  for (const [token] of to.matchAll(/\$\d|\$\$|\\\$|[^$\\]+|[$\\]/g)) {
    const group = /^\$\d$/.test(token) ? Number(token.slice(1)) : null;
    if (group !== null && group > groups) throw new PatternError(to, `${token} names no group, there are ${groups}`);
    parts.push(group ?? (token === '$$' || token === '\\$' ? '$' : token));
  }
  return parts;
}
