import { keptCopy } from '../protocol/kept-copy.js';

const NO_BYTES = Buffer.alloc(0);

/** Copies of bytes, many or few, one behind the other. */
export class CollectedBytes {
  #room = NO_BYTES;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** @param expected how many bytes are likely to come in all: room is made for them at once */
  add(bytes: Buffer, from: number, to: number, expected = 1024): void {
    const length = this.#length + to - from;
    if (length > this.#room.length) {
      const room = Buffer.allocUnsafeSlow(Math.max(length, this.#room.length * 2, expected));
      this.#room.copy(room, 0, 0, this.#length);
      this.#room = room;
    }
    bytes.copy(this.#room, this.#length, from, to);
    this.#length = length;
  }

  /** They belong to whoever takes them, and keep little more than their own length alive. */
  take(): Buffer {
    const [room, length] = [this.#room, this.#length];
    const all = length < room.length / 2 ? keptCopy(room, 0, length) : room.subarray(0, length);
    this.#room = NO_BYTES;
    this.#length = 0;
    return all;
  }
}
