import { distance } from 'fastest-levenshtein';

/** The candidate nearest to a name that is none of them; undefined where none is near. */
export function suggest(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = plain(name);
  let nearest: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const offered = plain(candidate);
    const steps = distance(wanted, offered);
    if (steps < least && steps <= allowedSteps(wanted, offered)) {
      nearest = candidate;
      least = steps;
    }
  }
  return nearest;
}

/** `readTimeout` and `read-timeout` are `read_timeout`. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[-_ ]/g, '');
}

/** A third of the letters, so that short words do not suggest anything; two swapped letters count as one slip. */
function allowedSteps(wanted: string, offered: string): number {
  const letters = (text: string) => [...text].sort().join('');
  if (wanted.length > 2 && letters(wanted) === letters(offered)) return 2;
  return Math.floor(Math.max(wanted.length, offered.length) / 3);
}
