import { Writable } from 'node:stream';

/** A destination that takes nothing until it is told to. */
export class SlowStream extends Writable {
  text = '';
  writes = 0;
  #held: (() => void) | null = null;
  #open: boolean;

  constructor(open: boolean) {
    super({ decodeStrings: false });
    this.#open = open;
  }

  get lines(): string[] {
    return this.text.split('\n').slice(0, -1);
  }

  open(): void {
    this.#open = true;
    this.#held?.();
    this.#held = null;
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    const take = (): void => {
      this.text += chunk;
      this.writes++;
      done();
    };
    if (this.#open) take();
    else this.#held = take;
  }
}
