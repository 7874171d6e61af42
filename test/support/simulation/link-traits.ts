import type { LinkTraits } from './memory-channel.js';
import type { SeededRandom } from './random.js';

/** A link of a scenario: fine or coarse pieces, fast or slow, wide or narrow. */
export function linkTraits(random: SeededRandom): LinkTraits {
  const maxChunkBytes = random.pick([1, 7, 100, 1000, 5000, 20_000, 100_000, 100_000]);
  return {
    // Small pieces come fast: else a body would take hours.
    maxDelayMs: maxChunkBytes < 1000 ? random.pick([0, 0, 1]) : random.pick([0, 1, 20, 300]),
    maxChunkBytes,
    capacityBytes: random.pick([100, 4096, 65_536]),
    writeBufferBytes: random.pick([1, 4096, 65_536]),
  };
}
