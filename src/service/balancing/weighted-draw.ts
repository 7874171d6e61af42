import type { Random } from '../../exchange/clock.js';
import type { Backend } from '../backend.js';

/**
 * One of the candidates, by chance and weight.
 * @param except is not drawn; there has to be another
 */
export function drawByWeight(candidates: readonly Backend[], random: Random, except: Backend | null): Backend {
  let total = 0;
  for (const candidate of candidates) if (candidate !== except) total += candidate.weight;
  let left = random() * total;
  let drawn = candidates[0] as Backend;
  for (const candidate of candidates) {
    if (candidate === except) continue;
    drawn = candidate;
    left -= candidate.weight;
    if (left < 0) break;
  }
  return drawn;
}
