import type { z } from 'zod';
import type { ConfigPath, Finding } from './problem.js';
import { isRecord, showKind, showValue } from './raw-value.js';
import { isSecret } from './schema-secret.js';
import { schemaAt, shapeOf } from './schema-walk.js';
import { announcedKeys, NOT_SUPPORTED_YET } from './section.js';
import { suggest } from './suggest.js';

/**
 * What a schema found wrong, in the reader's words: a finding for each issue, and for each unknown key.
 *
 * @param above where the value stands in the configuration
 */
export function describeIssues(
  issues: readonly z.core.$ZodIssue[],
  schema: z.core.$ZodType,
  value: unknown,
  above: ConfigPath = [],
): Finding[] {
  return issues.flatMap((issue): Finding[] => {
    const inside = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
    const path = [...above, ...inside];
    if (issue.code === 'unrecognized_keys') {
      const section = schemaAt(schema, inside);
      return issue.keys.map((key) => describeUnknownKey([...path, key], section));
    }
    const found = valueAt(value, inside);
    const shown = isSecret(schemaAt(schema, inside)) ? showKind(found) : showValue(found);
    return [{ path, at: 'value', ...describeIssue(issue, found, shown) }];
  });
}

/** A key that its map does not have, or not yet. */
export function describeUnknownKey(path: ConfigPath, section: z.core.$ZodType | undefined): Finding {
  const key = String(path.at(-1));
  const later = section === undefined ? [] : (announcedKeys.get(section)?.keys ?? []);
  if (later.includes(key)) return { path, at: 'key', message: NOT_SUPPORTED_YET };
  const known = section === undefined ? [] : Object.keys(shapeOf(section) ?? {});
  return { path, at: 'key', message: 'unknown key', suggestion: suggest(key, [...known, ...later]) };
}

interface Description {
  readonly message: string;
  readonly suggestion?: string | undefined;
}

/** @param shown the value, as a message shows it */
function describeIssue(issue: z.core.$ZodIssue, value: unknown, shown: string): Description {
  if (value === undefined && issue.code !== 'custom') return { message: 'is required' };
  switch (issue.code) {
    case 'invalid_type':
      return { message: `expected ${TYPE_WORDS[issue.expected] ?? issue.expected}, got ${shown}` };
    case 'invalid_value': {
      const allowed = issue.values.map(String);
      return {
        message: `expected ${allowed.length > 1 ? 'one of ' : ''}${allowed.join(', ')}; got ${shown}`,
        suggestion: typeof value === 'string' ? suggest(value, allowed) : undefined,
      };
    }
    case 'too_small':
      return { message: describeLimit(issue.origin, 'least', Number(issue.minimum), issue.inclusive) };
    case 'too_big':
      return { message: describeLimit(issue.origin, 'most', Number(issue.maximum), issue.inclusive) };
    case 'invalid_union':
    case 'invalid_format':
      return { message: `${lowerFirst(issue.message)}, got ${shown}` };
    case 'custom':
      return { message: lowerFirst(issue.message), suggestion: suggestionOf(issue.params) };
    default:
      return { message: lowerFirst(issue.message) };
  }
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};

function describeLimit(origin: string, side: 'least' | 'most', limit: number, inclusive?: boolean): string {
  if (origin === 'string' || origin === 'array') {
    if (side === 'least' && limit === 1) return 'must not be empty';
    return `must have at ${side} ${limit} ${origin === 'string' ? 'characters' : 'items'}`;
  }
  if (inclusive === false) return `must be ${side === 'least' ? 'more' : 'less'} than ${limit}`;
  return `must be at ${side} ${limit}`;
}

function suggestionOf(params: Record<string, unknown> | undefined): string | undefined {
  return typeof params?.suggestion === 'string' ? params.suggestion : undefined;
}

function lowerFirst(message: string): string {
  return /^[A-Z][a-z]/.test(message) ? message.slice(0, 1).toLowerCase() + message.slice(1) : message;
}

function valueAt(value: unknown, path: ConfigPath): unknown {
  return path.reduce((inner: unknown, part) => {
    if (Array.isArray(inner) && typeof part === 'number') return inner[part];
    return isRecord(inner) ? inner[part] : undefined;
  }, value);
}
