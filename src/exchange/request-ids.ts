import { randomFillSync } from 'node:crypto';

/** Asking for random bytes costs the same for one id as for so many. */
const IDS_A_FILL = 128;
/** Made into one text at a time. An id keeps that text alive, in a tunnel for hours: at 16 it is 576 bytes. */
const IDS_A_TEXT = 16;
const RANDOM_BYTES = 16;
const ID_LENGTH = 36;
const HYPHEN = 0x2d;

/** The two digits of each byte. */
const HIGH_DIGITS = Uint8Array.from({ length: 256 }, (_, byte) => (byte >> 4).toString(16).charCodeAt(0));
const LOW_DIGITS = Uint8Array.from({ length: 256 }, (_, byte) => (byte & 15).toString(16).charCodeAt(0));

/**
 * Makes ids that nobody can guess: UUIDs of version 4 (RFC 9562 section 5.4). `crypto.randomUUID` leaves each as a tree
 * of twenty strings, which costs more to write into a head than it did to make; these are cut out of a flat text.
 */
export class RequestIds {
  readonly #random = new Uint8Array(IDS_A_FILL * RANDOM_BYTES);
  #randomAt = IDS_A_FILL * RANDOM_BYTES;
  readonly #digits = Buffer.alloc(IDS_A_TEXT * ID_LENGTH);
  #text = '';
  #textAt = 0;

  next(): string {
    if (this.#textAt === this.#text.length) this.#makeText();
    const from = this.#textAt;
    this.#textAt = from + ID_LENGTH;
    return this.#text.substring(from, this.#textAt);
  }

  #makeText(): void {
    if (this.#randomAt === this.#random.length) {
      randomFillSync(this.#random);
      this.#randomAt = 0;
    }
    for (let index = 0; index < IDS_A_TEXT; index++) {
      formatId(this.#random, this.#randomAt, this.#digits, index * ID_LENGTH);
      this.#randomAt += RANDOM_BYTES;
    }
    this.#text = this.#digits.toString('latin1');
    this.#textAt = 0;
  }
}

/** Writes 16 random bytes as `xxxxxxxx-xxxx-4xxx-[89ab]xxx-xxxxxxxxxxxx`. */
function formatId(random: Uint8Array, from: number, digits: Uint8Array, to: number): void {
  random[from + 6] = ((random[from + 6] as number) & 0x0f) | 0x40; // version
  random[from + 8] = ((random[from + 8] as number) & 0x3f) | 0x80; // variant
  let at = to;
  for (let index = 0; index < RANDOM_BYTES; index++) {
    if (index === 4 || index === 6 || index === 8 || index === 10) digits[at++] = HYPHEN;
    const byte = random[from + index] as number;
    digits[at++] = HIGH_DIGITS[byte] as number;
    digits[at++] = LOW_DIGITS[byte] as number;
  }
}
