import { SeededRandom } from '../simulation/random.js';
import { FaultProxy } from './fault-proxy.js';
import type { LinkSetup } from './link.js';
import { oneByte, randomPieces } from './pieces.js';

/** What comes of a burst one byte at a time: every head, and every frame header that does not follow much. */
const FINE_BYTES = 512;

type SetupOf = (index: number) => LinkSetup;

const forms: Readonly<Record<string, (random: SeededRandom) => SetupOf>> = {
  'one-byte': () => () => ({ up: { pieces: oneByte(FINE_BYTES) }, down: { pieces: oneByte(FINE_BYTES) } }),
  pieces: (random) => () => ({ up: { pieces: randomPieces(random) }, down: { pieces: randomPieces(random) } }),
};

const { TOYOU_LINKS: form, TOYOU_SEED: seed = '1' } = process.env;
const random = new SeededRandom(Number(seed));

/** True where fault proxies stand before everything that tests reach. */
export const throughLinks = form !== undefined;

/** A fault proxy before a port, where `TOYOU_LINKS` wants one: the form of what comes through it. */
export function linksBefore(port: number): Promise<FaultProxy | null> {
  if (form === undefined) return Promise.resolve(null);
  const setupOf = forms[form]?.(random);
  if (setupOf === undefined) throw new Error(`TOYOU_LINKS is ${Object.keys(forms).join(' or ')}, not ${form}`);
  return FaultProxy.listen(port, setupOf);
}
