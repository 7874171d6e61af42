/** Told in a tick of its own, never from within a call of `Names`. */
export interface NamesListener {
  /** It has other addresses than before, or its first. */
  changed(host: string): void;
  /** Once for a row of lookups that failed; what was known of the name is kept. */
  lookupFailed(host: string, reason: string): void;
  /** The row has ended. */
  lookupRecovered(host: string): void;
}
