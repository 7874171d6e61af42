/**
 * A copy of `bytes[from, to)` that may be kept for long. It keeps its own length alive and no more; a small one made by
 * `Buffer.from` lies in a pool with others, and each keeps all of it: 8 KiB, from Node 24 on 64 KiB.
 */
export function keptCopy(bytes: Buffer, from: number, to: number): Buffer {
  const copy = Buffer.allocUnsafeSlow(to - from);
  bytes.copy(copy, 0, from, to);
  return copy;
}
