import { isUtf8 } from 'node:buffer';
import { Transform, type TransformCallback } from 'node:stream';
import { formatSize } from '../config/schema-size.js';
import { CollectedBytes } from './collected-bytes.js';
import { type RegexRule, replaceMatches } from './regex-rule.js';
import type { TextCharset } from './text-charset.js';

/** What replacing may make of a body, as a multiple of `max_body`. */
const MAX_GROWTH = 4;
const PIECE_BYTES = 64 * 1024;

export interface RegexReplaceOptions {
  readonly charset: TextCharset;
  /** Of the body these rules see: what is larger passes unchanged. */
  readonly maxBytes: number;
  /** Told once where the body passes unchanged, and why. */
  readonly unchanged: (why: string) => void;
}

/** Collects a body, and applies regular expressions to it, each to what the one before it made. */
export class RegexReplaceStream extends Transform {
  readonly #rules: readonly RegexRule[];
  readonly #options: RegexReplaceOptions;
  /** Null once the body is too large: it passes. */
  #collected: CollectedBytes | null = new CollectedBytes();

  constructor(rules: readonly RegexRule[], options: RegexReplaceOptions) {
    super();
    this.#rules = rules;
    this.#options = options;
  }

  override _transform(bytes: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const { maxBytes, unchanged } = this.#options;
    if (this.#collected === null) {
      done(null, bytes);
      return;
    }
    this.#collected.add(bytes, 0, bytes.length);
    if (this.#collected.length > maxBytes) {
      this.#pushAll(this.#collected.take());
      this.#collected = null;
      unchanged(`it is larger than max_body (${formatSize(maxBytes)})`);
    }
    done();
  }

  override _flush(done: TransformCallback): void {
    if (this.#collected === null) {
      done();
      return;
    }
    this.#replaced(this.#collected.take()).then(
      (result) => {
        this.#pushAll(result);
        done();
      },
      (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
    );
  }

  #pushAll(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) this.push(bytes.subarray(at, at + PIECE_BYTES));
  }

  async #replaced(body: Buffer): Promise<Buffer> {
    const { charset, maxBytes, unchanged } = this.#options;
    if (charset === 'utf8' && !isUtf8(body)) {
      // What is no character would not come out again as it went in.
      unchanged('it is not valid UTF-8');
      return body;
    }
    let text = body.toString(charset);
    for (const rule of this.#rules) {
      const replaced = await replaceMatches(text, rule, MAX_GROWTH * maxBytes, () => !this.destroyed);
      if (replaced === null) {
        if (!this.destroyed) unchanged(`it would become larger than ${MAX_GROWTH} times max_body`);
        return body;
      }
      text = replaced;
    }
    return Buffer.from(text, charset);
  }
}
