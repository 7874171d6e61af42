const NO_BYTES = Buffer.alloc(0);
/** Room for many small writes, so that each costs a copy and no object of its own. */
const SMALLEST_ROOM_BYTES = 4 * 1024;

/** Copies of bytes that wait to leave as one. */
export class WaitingBytes {
  length = 0;
  #room = NO_BYTES;

  add(bytes: Buffer, from: number, to: number): void {
    const length = this.length + to - from;
    if (length > this.#room.length) this.#grow(length);
    bytes.copy(this.#room, this.length, from, to);
    this.length = length;
  }

  /** All of them; they belong to whoever takes them. */
  take(): Buffer {
    const all = this.#room.subarray(0, this.length);
    this.clear();
    return all;
  }

  clear(): void {
    this.length = 0;
    this.#room = NO_BYTES;
  }

  #grow(length: number): void {
    const room = Buffer.allocUnsafeSlow(Math.max(length, this.#room.length * 2, SMALLEST_ROOM_BYTES));
    this.#room.copy(room, 0, 0, this.length);
    this.#room = room;
  }
}
