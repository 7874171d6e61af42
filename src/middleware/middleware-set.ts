import { isDeepStrictEqual } from 'node:util';
import type { Middleware, MiddlewareHost, MiddlewareType } from '../exchange/middleware.js';
import type { ExchangeCount } from '../exchange/route.js';

/** A middleware as the configuration has it. */
export interface MiddlewareTraits {
  readonly name: string;
  readonly type: string;
  readonly options: unknown;
}

/** An instance, and how many sets hold it. */
interface Instance {
  readonly traits: MiddlewareTraits;
  readonly middleware: Middleware;
  sets: number;
}

/**
 * The middlewares of one Revision. One whose name, type and options did not change is taken over from the Revision
 * before, with whatever it keeps. An instance is disposed of when no set holds it any more; a set lets go of its own
 * once it is retired and the last exchange that began with it has ended.
 */
export class MiddlewareSet implements ExchangeCount {
  readonly #types: ReadonlyMap<string, MiddlewareType>;
  readonly #host: MiddlewareHost;
  readonly #instances = new Map<string, Instance>();
  #exchanges = 0;
  #lastEnded: (() => void) | null = null;
  #retirement: Promise<void> | null = null;

  constructor(types: ReadonlyMap<string, MiddlewareType>, host: MiddlewareHost) {
    this.#types = types;
    this.#host = host;
  }

  /**
   * The instance of this name: one per set.
   * @param before the set to take it from, where it did not change
   * @throws Error where there is no such type, or its `create` throws
   */
  get(traits: MiddlewareTraits, before: MiddlewareSet | null): Middleware {
    const { name } = traits;
    let instance = this.#instances.get(name);
    if (instance === undefined) {
      const old = before === null ? undefined : before.#instances.get(name);
      instance =
        old !== undefined && isDeepStrictEqual(old.traits, traits)
          ? old
          : { traits, middleware: this.#make(traits), sets: 0 };
      instance.sets++;
      this.#instances.set(name, instance);
    }
    return instance.middleware;
  }

  begin(): void {
    this.#exchanges++;
  }

  end(): void {
    if (--this.#exchanges === 0) this.#lastEnded?.();
  }

  /** Resolves when all that only this set held has been disposed of. Idempotent. */
  retire(): Promise<void> {
    this.#retirement ??= this.#retire();
    return this.#retirement;
  }

  async #retire(): Promise<void> {
    if (this.#exchanges > 0) {
      await new Promise<void>((resolve) => {
        this.#lastEnded = resolve;
      });
    }
    for (const instance of this.#instances.values()) {
      if (--instance.sets === 0) await this.#dispose(instance.middleware);
    }
  }

  #make({ name, type, options }: MiddlewareTraits): Middleware {
    const made = this.#types.get(type)?.create(name, options, this.#host);
    if (made === undefined) throw new Error(`no middleware type "${type}"`);
    return made;
  }

  async #dispose(middleware: Middleware): Promise<void> {
    try {
      await middleware.dispose?.();
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      this.#host.log.write('error', 'middleware could not be disposed of', { middleware: middleware.name, detail });
    }
  }
}
