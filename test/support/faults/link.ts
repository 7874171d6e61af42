import type net from 'node:net';
import { LinkSocket } from './link-socket.js';
import { LinkWay, type WaySetup } from './link-way.js';

/** How bytes pass; `up` is away from who connected. */
export interface LinkSetup {
  readonly up?: WaySetup;
  readonly down?: WaySetup;
}

/** One connection through a fault proxy. */
export class Link {
  readonly up: LinkWay;
  readonly down: LinkWay;
  readonly #near: LinkSocket;
  readonly #far: LinkSocket;

  /**
   * @param near to who connected
   * @param far to where it wanted
   */
  constructor(near: net.Socket, far: net.Socket, { up = {}, down = {} }: LinkSetup) {
    this.#near = new LinkSocket(near);
    this.#far = new LinkSocket(far);
    const events = {
      resetBoth: (): void => this.reset(),
      ended: (way: LinkWay, how: 'fin' | 'reset'): void => {
        const other = this.#other(way);
        if (how === 'fin' && !other.sinkGone) {
          way.sink.socket.end();
          return;
        }
        way.sink.reset();
        other.finish();
      },
      // Where the other way is not over, the reset is read there, behind what came before it.
      sinkGone: (way: LinkWay): void => {
        if (this.#other(way).over) way.source.reset();
      },
    };
    this.up = new LinkWay(this.#near, this.#far, up, events);
    this.down = new LinkWay(this.#far, this.#near, down, events);
    this.up.start();
    this.down.start();
  }

  /** True once both sockets are gone. */
  get closed(): boolean {
    return this.#near.socket.destroyed && this.#far.socket.destroyed;
  }

  /** Resets both of its ends, at once. */
  reset(): void {
    this.up.finish();
    this.down.finish();
    this.#near.reset();
    this.#far.reset();
  }

  destroy(): void {
    this.up.finish();
    this.down.finish();
    this.#near.socket.destroy();
    this.#far.socket.destroy();
  }

  #other(way: LinkWay): LinkWay {
    return way === this.up ? this.down : this.up;
  }
}
