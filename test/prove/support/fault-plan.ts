import type { LinkSetup } from '../../support/faults/link.js';
import type { Fault, WaySetup } from '../../support/faults/link-way.js';
import { asItCame, delayed, oneByte, randomPieces } from '../../support/faults/pieces.js';
import type { SeededRandom } from '../../support/simulation/random.js';

/** Longer than every timeout of a request, and shorter than all. */
const STALLS_MS = [5, 50, 300, 2500];

/** A bad network as chance has it; faults mostly where heads and short bodies are. */
export function faultPlan(random: SeededRandom): LinkSetup {
  return { up: wayPlan(random), down: wayPlan(random) };
}

/** @returns true where it may end a direction with a FIN that its sender did not send */
export function forgesEnds({ down }: LinkSetup): boolean {
  return down?.faults?.some(({ does }) => does === 'end' || does === 'swallow') ?? false;
}

function wayPlan(random: SeededRandom): WaySetup {
  const pieces = random.pick([asItCame, asItCame, delayed(2), oneByte(200), randomPieces(random)]);
  const faults: Fault[] = [];
  while (faults.length < 2 && random.chance(0.3)) {
    const at = random.chance(0.8) ? random.integer(0, 400) : random.integer(0, 8000);
    const does = random.pick(['stall', 'stall', 'reset', 'end', 'swallow'] as const);
    faults.push(does === 'stall' ? { at, does, forMs: random.pick(STALLS_MS) } : { at, does });
  }
  return { pieces, faults: faults.sort((one, other) => one.at - other.at) };
}
