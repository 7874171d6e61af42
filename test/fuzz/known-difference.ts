/** Where ours and a judge read the same bytes otherwise, and why that is right or harmless. */
export interface KnownDifference<Ours, Theirs> {
  readonly what: string;
  readonly reason: string;
  /** The shortest case, Latin-1. */
  readonly bytes: string;
  /** True where this is what the two readings differ in. */
  readonly explains: (bytes: string, ours: Ours, theirs: Theirs) => boolean;
}

/** Has `compare` throw only where no known difference explains what it throws for. */
export function compareKnowing<Ours, Theirs>(
  compare: (ours: Ours, theirs: Theirs) => void,
  differences: readonly KnownDifference<Ours, Theirs>[],
  bytes: Buffer,
  ours: Ours,
  theirs: Theirs,
): 'same' | 'known' {
  try {
    compare(ours, theirs);
    return 'same';
  } catch (error) {
    const text = bytes.toString('latin1');
    if (differences.some(({ explains }) => explains(text, ours, theirs))) return 'known';
    throw error;
  }
}
