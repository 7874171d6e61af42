import { Transform, type TransformCallback } from 'node:stream';
import { CollectedBytes } from './collected-bytes.js';
import { PlainReplacer, type PlainRule } from './plain-replacer.js';

/** What a piece may grow to before it is passed on: the reader is asked in between whether it takes more. */
const MAX_GROWN_BYTES = 64 * 1024;

/** Applies plain rules, each to what the one before it made. */
export class PlainReplaceStream extends Transform {
  readonly #replacers: PlainReplacer[];
  readonly #output = new CollectedBytes();
  readonly #pieceBytes: number;
  /** Of what comes out next: as many as go in. */
  #expectedBytes = 0;
  #rest: (() => void) | null = null;

  constructor(rules: readonly PlainRule[]) {
    super();
    this.#replacers = [];
    let next = (bytes: Buffer, from: number, to: number) => this.#output.add(bytes, from, to, this.#expectedBytes);
    let growth = 1;
    for (const rule of rules.toReversed()) {
      const replacer = new PlainReplacer(rule, next);
      this.#replacers.unshift(replacer);
      next = (bytes, from, to) => replacer.push(bytes, from, to);
      growth *= Math.max(1, rule.to.length / rule.from.length);
    }
    this.#pieceBytes = Math.max(1, Math.floor(MAX_GROWN_BYTES / growth));
  }

  override _transform(bytes: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#takeFrom(bytes, 0, done);
  }

  override _flush(done: TransformCallback): void {
    for (const replacer of this.#replacers) replacer.end();
    const last = this.#output.take();
    if (last.length > 0) this.push(last);
    done();
  }

  /** The reader takes more. */
  override _read(size: number): void {
    const rest = this.#rest;
    this.#rest = null;
    if (rest === null) super._read(size);
    else rest();
  }

  #takeFrom(bytes: Buffer, start: number, done: TransformCallback): void {
    for (let at = start; at < bytes.length; at += this.#pieceBytes) {
      const end = Math.min(bytes.length, at + this.#pieceBytes);
      this.#expectedBytes = end - at;
      this.#replacers[0]?.push(bytes, at, end);
      const output = this.#output.take();
      if (output.length > 0 && !this.push(output) && end < bytes.length) {
        this.#rest = () => this.#takeFrom(bytes, end, done);
        return;
      }
    }
    done();
  }
}
