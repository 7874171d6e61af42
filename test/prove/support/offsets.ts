/** How one side of a connection leaves. */
export type Leaving = 'end' | 'reset';

export const leavings: readonly Leaving[] = ['end', 'reset'];

/** A form of bytes on the wire, of which any part may be all that comes. */
export interface Wire {
  readonly what: string;
  readonly bytes: Buffer;
  /** Places where something begins or ends: around these every offset counts. */
  readonly marks?: readonly number[];
}

const AROUND_BYTES = 20;
const FAR_STEP_BYTES = 4999;

/** Every offset; of long bytes every one around the marks, and some in between. */
export function offsetsOf({ bytes, marks }: Wire): number[] {
  const all = Array.from({ length: bytes.length + 1 }, (_, offset) => offset);
  if (marks === undefined) return all;
  return all.filter(
    (offset) => offset % FAR_STEP_BYTES === 0 || marks.some((mark) => Math.abs(offset - mark) <= AROUND_BYTES),
  );
}
