import { constants } from 'node:buffer';
import { RE2JS } from 're2js';

/** A part of what a match is replaced with: text, or the number of a group, 0 for all of the match. */
type TemplatePart = string | number;

/** A regular expression, and what stands in the place of what it matches. */
export interface RegexRule {
  readonly regex: RE2JS;
  readonly parts: readonly TemplatePart[];
}

/** A rule that cannot be used, and what of it. */
export class RegexRuleError extends Error {
  readonly part: 'from' | 'to';

  constructor(part: 'from' | 'to', message: string) {
    super(message);
    this.part = part;
  }
}

/**
 * @param to may hold `$1` to `$99`, `$<name>`, `$&` for the match, and `$$` for a dollar
 * @throws RegexRuleError for a bad expression, or a group that it does not have
 */
export function compileRegexRule(from: string, to: string): RegexRule {
  const regex = compileRegex(from);
  const parts: TemplatePart[] = [];
  let at = 0;
  for (const { 0: written, 1: number, 2: name, index } of to.matchAll(/\$(?:\$|&|(\d{1,2})|<([^>]*)>)/g)) {
    if (index > at) parts.push(to.slice(at, index));
    at = index + written.length;
    if (written === '$$') parts.push('$');
    else parts.push(groupOf(regex, number ?? name ?? '0', written));
  }
  if (at < to.length) parts.push(to.slice(at));
  return { regex, parts };
}

function compileRegex(from: string): RE2JS {
  try {
    return RE2JS.compile(from);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RegexRuleError('from', `bad regular expression: ${reason.replace(/^error parsing regexp: /, '')}`);
  }
}

function groupOf(regex: RE2JS, named: string, written: string): number {
  const names: Readonly<Record<string, number>> = regex.namedGroups();
  const group = /^\d+$/.test(named) ? Number(named) : names[named];
  if (group !== undefined && group <= regex.groupCount()) return group;
  throw new RegexRuleError('to', `the expression has no group ${written}; a dollar is written $$`);
}

/** A match costs 10 to 40 µs: so many, and others get their turn. */
const MATCHES_PER_TURN = 128;

/**
 * Replaces all matches, over several turns of the event loop where they are many.
 * @param goOn asked in between
 * @returns null where the result would be longer than that, or `goOn` said no
 */
export async function replaceMatches(
  text: string,
  { regex, parts }: RegexRule,
  maxLength: number,
  goOn: () => boolean,
): Promise<string | null> {
  // Before it is appended: V8 throws for a longer one, and four times the largest max_body is longer.
  const limit = Math.min(maxLength, constants.MAX_STRING_LENGTH);
  const matcher = regex.matcher(text);
  let result = '';
  let fits = true;
  const append = (piece: string): void => {
    fits &&= piece.length <= limit - result.length;
    if (fits) result += piece;
  };
  let at = 0;
  for (let matches = 1; matcher.find(); matches++) {
    append(text.slice(at, matcher.start()));
    at = matcher.end();
    for (const part of parts) append(typeof part === 'string' ? part : (matcher.group(part) ?? ''));
    if (!fits) return null;
    if (matches % MATCHES_PER_TURN > 0) continue;
    await new Promise((resolve) => setImmediate(resolve));
    if (!goOn()) return null;
  }
  append(text.slice(at));
  return fits ? result : null;
}
