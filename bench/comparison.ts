import type { PeerId } from './peers/peer.js';
import type { Samples } from './rounds.js';
import type { Row } from './rows.js';
import type { Sample } from './sample.js';
import { targets } from './targets.js';

/** One peer in one row: its own cost, and ours as a multiple of it. */
export interface Comparison {
  readonly peer: PeerId;
  readonly medianCost: number;
  readonly costs: readonly number[];
  /** Median share of its core that the proxy used. */
  readonly busy: number;
  /** Not there for ourselves, nor where we were not measured. */
  readonly ratio?: Ratio;
  /** What ours is more, median of the rounds; there where that is asked for. */
  readonly more?: number;
  /** Not there where nothing is asked for. */
  readonly target?: { readonly atMost: number; readonly met: boolean };
}

interface Ratio {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function compare(row: Row, samples: Samples): Comparison[] {
  const ours = samples.get(row.ours);
  return [...samples].map(([peer, theirs]) => {
    const costs = theirs.map((sample) => sample.cost);
    const own = { peer, medianCost: median(costs), costs, busy: median(theirs.map((sample) => sample.busy)) };
    const target = targets.find((candidate) => candidate.row === row.id && candidate.peer === peer);
    if (peer === row.ours && target !== undefined) {
      return { ...own, target: { atMost: target.atMost, met: own.medianCost <= target.atMost } };
    }
    if (peer === row.ours || ours === undefined) return own;
    const ratio = ratioOf(ours, theirs);
    if (target === undefined) return { ...own, ratio };
    const { atMost } = target;
    if (target.isDifference !== true) return { ...own, ratio, target: { atMost, met: ratio.median <= atMost } };
    const more = median(ours.map((sample, round) => sample.cost - (theirs[round]?.cost ?? Number.NaN)));
    return { ...own, ratio, more, target: { atMost, met: more <= atMost } };
  });
}

/** Pairs the samples of each round: only what ran side by side is compared. */
function ratioOf(ours: readonly Sample[], theirs: readonly Sample[]): Ratio {
  const ratios = ours.map((sample, round) => sample.cost / (theirs[round]?.cost ?? Number.NaN));
  return { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios) };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
