import { z } from 'zod';
import { refuse } from './section.js';

/** The longest a timer of Node can wait: 2^31 - 1 milliseconds, 24 days and 20 hours. */
export const MAX_DURATION_MS = 2_147_483_647;

/**
 * A duration: a number of seconds, or text with a unit. Parses to whole milliseconds.
 *
 * @param minMs the least that is accepted, in milliseconds
 */
export function duration(minMs = 0) {
  return z
    .union([z.number(), z.string()], { error: `expected ${DURATION_FORM}` })
    .transform((value, context): number => {
      const ms = typeof value === 'number' ? toMilliseconds(value, 1000) : parseDuration(value);
      if (ms === undefined) {
        return refuse(context, value, `expected ${DURATION_FORM}`, nearDuration(value));
      }
      if (ms < minMs) return refuse(context, value, `must be at least ${formatDuration(minMs)}`);
      if (ms > MAX_DURATION_MS) return refuse(context, value, 'must be at most 24d');
      return ms;
    })
    .meta({ title: 'duration' });
}

/** A duration, or two with `-` between: the range a random one is taken from. Parses to milliseconds. */
export const durationRange = z
  .union([z.number(), z.string()], { error: rangeForm() })
  .transform((value, context): { readonly minMs: number; readonly maxMs: number } => {
    const [first, second, ...more] = typeof value === 'number' ? [value] : value.split('-');
    const minMs = partOfRange(first);
    const maxMs = second === undefined ? minMs : partOfRange(second);
    if (minMs === undefined || maxMs === undefined || more.length > 0) {
      return refuse(context, value, rangeForm());
    }
    if (minMs > maxMs) return refuse(context, value, 'the range ends before it begins');
    if (maxMs > MAX_DURATION_MS) return refuse(context, value, 'must be at most 24d');
    return { minMs, maxMs };
  })
  .meta({ title: 'duration or range' });

const DURATION_FORM = 'a duration: a number of seconds, or text such as "500ms", "10s", "5m", "1h", "1d"';

function rangeForm(): string {
  return 'expected a duration or a range of two, such as "1s-10s"';
}

const MS_PER_UNIT: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function parseDuration(text: string): number | undefined {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? [];
  const factor = MS_PER_UNIT[unit ?? ''];
  return factor === undefined ? undefined : toMilliseconds(Number(amount), factor);
}

function partOfRange(part: string | number | undefined): number | undefined {
  return typeof part === 'number' ? toMilliseconds(part, 1000) : parseDuration((part ?? '').trim());
}

/** Whole milliseconds; undefined for what is negative, not finite, or more than nothing but under a millisecond. */
function toMilliseconds(amount: number, factor: number): number | undefined {
  const ms = Math.round(amount * factor);
  return Number.isFinite(ms) && amount >= 0 && (ms > 0 || amount === 0) ? ms : undefined;
}

/** For text that is nearly right: no unit, a unit in words or capitals, a blank in between. */
function nearDuration(value: string | number): string | undefined {
  const [, amount, unit] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(String(value)) ?? [];
  if (amount === undefined || unit === undefined || typeof value === 'number') return undefined;
  const word = unit.toLowerCase();
  if (word.startsWith('mil') || word.startsWith('ms')) return `${amount}ms`;
  if (word === '' || word.startsWith('s')) return `${amount}s`;
  return ['m', 'h', 'd'].includes(word.slice(0, 1)) ? `${amount}${word.slice(0, 1)}` : undefined;
}

function formatDuration(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}
