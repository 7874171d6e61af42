import { RE2JS } from 're2js';
import { PatternError } from './pattern-error.js';

/**
 * The regular expression behind the `~` of a pattern, on an engine that takes linear time whatever a client sends.
 * @throws PatternError where it is none
 */
export function compilePatternRegex(pattern: string, caseless: 'caseless' | 'exact-case'): RE2JS {
  try {
    return RE2JS.compile(pattern.slice(1), caseless === 'caseless' ? RE2JS.CASE_INSENSITIVE : 0);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PatternError(pattern, `bad regular expression: ${reason.replace(/^error parsing regexp: /, '')}`);
  }
}
