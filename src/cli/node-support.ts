/** Until when each line of Node gets security fixes (github.com/nodejs/Release). */
const END_OF_LIFE: Readonly<Record<number, string>> = {
  20: '2026-04-30',
  21: '2024-06-01',
  22: '2027-04-30',
  23: '2025-06-01',
  24: '2028-04-30',
  25: '2026-06-01',
  26: '2029-04-30',
};

/** A warning where this Node gets no security fixes any more. */
export function endOfLifeWarning(version: string, now: Date): string | undefined {
  const end = END_OF_LIFE[Number(version.split('.', 1)[0])];
  if (end === undefined || now < new Date(end)) return undefined;
  return `Node ${version} gets no security fixes since ${end}: run a newer one, such as 24`;
}
