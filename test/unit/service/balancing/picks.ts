import type { Backend } from '../../../../src/service/backend.js';
import type { BalancingPolicy } from '../../../../src/service/balancing/policy.js';
import { backend } from '../stub-service.js';

export const PICKS = 10_000;
export const CLIENT = '203.0.113.7';

/** One for each weight: `b0`, `b1` ... */
export function weighted(...weights: readonly number[]): Backend[] {
  return weights.map((weight, index) => backend(`b${index}`, { weight }));
}

/** The backends picked, one after the other. */
export function picked(policy: BalancingPolicy, candidates: readonly Backend[], count = PICKS): Backend[] {
  return Array.from({ length: count }, () => policy.pick(candidates, CLIENT));
}

/** How many of the picks fell on each backend. */
export function sharesOf(backends: readonly Backend[], picks: readonly Backend[]): number[] {
  const shares = new Map(backends.map((one) => [one, 0]));
  for (const pick of picks) shares.set(pick, (shares.get(pick) ?? 0) + 1);
  return backends.map((one) => shares.get(one) ?? 0);
}

/** `a b c ...`, by the place of each in the list. */
export function lettersOf(backends: readonly Backend[], picks: readonly Backend[]): string {
  return picks.map((pick) => String.fromCharCode(97 + backends.indexOf(pick))).join(' ');
}

/** What each should have had of `total`, by weight. */
export function dueTo(backends: readonly Backend[], total: number): number[] {
  const sum = backends.reduce((before, { weight }) => before + weight, 0);
  return backends.map(({ weight }) => (total * weight) / sum);
}

/** The greatest difference between what backends had and what was due to them. */
export function farthest(shares: readonly number[], due: readonly number[]): number {
  return Math.max(...shares.map((share, index) => Math.abs(share - (due[index] ?? 0))));
}

/** Addresses of `count` clients, of IPv4 and IPv6, neighbours among them as they are in practice. */
export function addresses(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const [low, high] = [index & 0xff, index >> 8];
    return index % 2 === 0 ? `10.1.${high}.${low}` : `2001:db8::${high.toString(16)}:${low.toString(16)}`;
  });
}
