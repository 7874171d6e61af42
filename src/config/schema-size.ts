import { z } from 'zod';
import { refuse } from './section.js';

/**
 * A size: a number of bytes, or text with a unit. Parses to whole bytes.
 *
 * @param bounds the least and the most that is accepted, in bytes; and what a number without a unit counts
 */
export function size(bounds: { readonly min: number; readonly max?: number; readonly bareUnit?: 'bytes' | 'KiB' }) {
  const { min, max = Number.MAX_SAFE_INTEGER, bareUnit = 'bytes' } = bounds;
  const form = `expected a size: a number of ${bareUnit}, or text such as "64KiB", "1MiB", "10MB"`;
  return z
    .union([z.number(), z.string()], { error: form })
    .transform((value, context): number => {
      const bytes = typeof value === 'number' ? Math.round(value * (bareUnit === 'KiB' ? KIB : 1)) : parseSize(value);
      const whole = typeof value !== 'number' || bareUnit === 'KiB' || Number.isInteger(value);
      if (bytes === undefined || !whole || !Number.isSafeInteger(bytes) || bytes < 0) {
        return refuse(context, value, form, nearSize(value));
      }
      if (bytes < min) return refuse(context, value, `must be at least ${formatSize(min)}`);
      if (bytes > max) return refuse(context, value, `must be at most ${formatSize(max)}`);
      return bytes;
    })
    .meta({ title: bareUnit === 'KiB' ? 'size, bare in KiB' : 'size' });
}

export const KIB = 1024;
export const MIB = 1024 * KIB;
export const GIB = 1024 * MIB;

/** Bytes as a reader would write them. */
export function formatSize(bytes: number): string {
  if (bytes >= MIB && bytes % MIB === 0) return `${bytes / MIB}MiB`;
  if (bytes >= KIB && bytes % KIB === 0) return `${bytes / KIB}KiB`;
  return `${bytes} bytes`;
}

const BYTES_PER_UNIT: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  KiB: KIB,
  MiB: MIB,
  GiB: GIB,
};

function parseSize(text: string): number | undefined {
  const [, amount, unit] = /^(\d+(?:\.\d+)?) ?(B|[KMG]B|[KMG]iB)$/.exec(text) ?? [];
  const factor = BYTES_PER_UNIT[unit ?? ''];
  return factor === undefined ? undefined : Math.round(Number(amount) * factor);
}

/** For text that is nearly right: capitals, a missing B, no unit at all. */
function nearSize(value: string | number): string | undefined {
  const [, amount, unit] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(String(value)) ?? [];
  if (amount === undefined || unit === undefined || typeof value === 'number') return undefined;
  if (unit === '') return amount;
  const letter = unit.slice(0, 1).toUpperCase();
  if (letter === 'B') return `${amount}B`;
  if (!'KMG'.includes(letter)) return undefined;
  return `${amount}${letter}${/^.b/i.test(unit) ? 'B' : 'iB'}`;
}
