import type { Duplex } from 'node:stream';
import type { BodyTransform, MakeTransforms } from './body-transform.js';
import { guarded, guardStream } from './guarded-stream.js';
import { ProxyError } from './proxy-error.js';

/** Told what comes out of a chain of transforms. */
export interface ChainListener {
  /** False: no more until `TransformChain.resume()`. */
  transformed(bytes: Buffer): boolean;
  /** Everything came out. */
  transformedWhole(): void;
  /** Nothing more comes out; the chain is gone. */
  transformFailed(error: ProxyError): void;
  /** After a push said "congested": the chain takes bytes again. */
  chainWritable(): void;
}

/**
 * The transforms of one body, one behind the other. Each holds what its stream's high-water marks allow, and who takes
 * nothing stops the one before it, up to the source.
 */
export class TransformChain {
  readonly #listener: ChainListener;
  readonly #links: Link[] = [];
  /** They could not be made: nothing may pass, though nobody was told yet. */
  #broken = false;
  #over = false;

  /** Makes them. Where that fails, the listener is told in a later tick. */
  constructor(makes: readonly MakeTransforms[], listener: ChainListener) {
    this.#listener = listener;
    try {
      for (const make of makes) for (const transform of make()) this.#links.push(new Link(transform));
      for (const [index, link] of this.#links.entries()) this.#connect(link, index);
    } catch (error) {
      this.#broken = true;
      process.nextTick(() => this.#fail(error));
    }
  }

  /** Takes `bytes`, which are the chain's from now on. False: congested, stop until `chainWritable`. */
  push(bytes: Buffer): boolean {
    if (this.#over || this.#broken || bytes.length === 0) return true;
    return this.#links[0]?.write(bytes) ?? this.#listener.transformed(bytes);
  }

  /** Nothing follows. */
  end(): void {
    if (this.#over || this.#broken) return;
    if (this.#links[0] === undefined) this.#ended();
    else this.#links[0].end();
  }

  /** More is wanted. */
  resume(): void {
    if (this.#over) return;
    const last = this.#links.at(-1);
    if (last === undefined) this.#listener.chainWritable();
    else last.stream.resume();
  }

  /** Lets go of everything; nothing is told any more. Idempotent. */
  destroy(): void {
    this.#over = true;
    for (const { stream } of this.#links) stream.destroy();
  }

  #connect({ stream, faultOf }: Link, index: number): void {
    const before = this.#links[index - 1];
    const next = this.#links[index + 1];
    stream.on('data', (bytes: Buffer) => {
      const goOn = this.#over || (next === undefined ? this.#listener.transformed(bytes) : next.write(bytes));
      if (!goOn) stream.pause();
    });
    stream.on('end', () => {
      if (this.#over) return;
      if (next === undefined) this.#ended();
      else next.end();
    });
    stream.on('drain', () => {
      if (this.#over) return;
      if (before === undefined) this.#listener.chainWritable();
      else before.stream.resume();
    });
    // Kept on after the end: what fails late must not end the process.
    stream.on('error', (error) => this.#fail(faultOf?.(error) ?? error));
    stream.on('close', () => {
      if (!stream.readableEnded) this.#fail(new Error('a transform of the body closed before its end'));
    });
  }

  #ended(): void {
    this.#over = true;
    this.#listener.transformedWhole();
  }

  #fail(error: unknown): void {
    if (this.#over) return;
    this.destroy();
    const detail = error instanceof Error ? error.message : String(error);
    this.#listener.transformFailed(
      error instanceof ProxyError ? error : new ProxyError('middleware-failed', `body transform: ${detail}`, error),
    );
  }
}

/** One transform of a chain, and whether it was left alone for long enough to be flushed. */
class Link {
  readonly stream: Duplex;
  readonly faultOf: BodyTransform['faultOf'];
  readonly #flush: (() => void) | null;
  #unwritten = 0;
  #turns = 0;
  #waits = false;

  constructor(transform: BodyTransform) {
    this.stream = transform.stream;
    guardStream(this.stream);
    this.faultOf = transform.faultOf;
    this.#flush = transform.flush === undefined ? null : () => guarded(transform.stream, () => transform.flush?.());
  }

  write(bytes: Buffer): boolean {
    if (this.#flush === null) return this.stream.write(bytes);
    this.#unwritten++;
    this.#turns = 0;
    return this.stream.write(bytes, this.#written);
  }

  end(): void {
    this.stream.end();
  }

  readonly #written = (): void => {
    this.#unwritten--;
    if (this.#waits || this.#unwritten > 0) return;
    this.#waits = true;
    setImmediate(this.#turn);
  };

  /** Two: in between, a source that was stopped is read again. */
  readonly #turn = (): void => {
    this.#waits = false;
    if (this.#unwritten > 0 || this.stream.writableEnded || this.stream.destroyed) return;
    if (++this.#turns < 2) {
      this.#waits = true;
      setImmediate(this.#turn);
    } else {
      this.#flush?.();
    }
  };
}
