/** Where ours and a judge read the same bytes otherwise, and why that is right or harmless. */
export interface KnownDifference<Ours, Theirs> {
  readonly what: string;
  readonly reason: string;
  /** The shortest case, Latin-1. */
  readonly bytes: string;
  /** The version of llhttp from which both read the same. */
  readonly agreesFrom?: string;
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
    if (differences.some((one) => !agreesNow(one) && one.explains(text, ours, theirs))) return 'known';
    throw error;
  }
}

/** True where this Node has an llhttp without the difference. */
export function agreesNow({ agreesFrom }: { readonly agreesFrom?: string }): boolean {
  if (agreesFrom === undefined) return false;
  const options = { numeric: true } as const;
  return (process.versions.llhttp ?? '').localeCompare(agreesFrom, undefined, options) >= 0;
}
