import { Worker } from 'node:worker_threads';
import type { BcryptQuestion } from './bcrypt-worker.js';

interface Waiting {
  readonly resolve: (matches: boolean) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A thread for bcrypt, which is JavaScript and takes 50 ms and more: on the one that relays everything would stand
 * still for so long. Begins with the first question; does not hold the process open.
 */
export class BcryptThread {
  #worker: Worker | null = null;
  #waiting: Waiting[] = [];

  /** @throws Error by the promise: the thread broke down, or was disposed of */
  compare(password: string, hash: string): Promise<boolean> {
    const worker = this.#started();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      worker.postMessage({ password, hash } satisfies BcryptQuestion);
    });
  }

  dispose(): void {
    void this.#worker?.terminate();
  }

  #started(): Worker {
    if (this.#worker !== null) return this.#worker;
    const worker = new Worker(new URL('./bcrypt-worker.js', import.meta.url));
    worker.unref();
    worker.on('message', (matches: boolean) => this.#waiting.shift()?.resolve(matches));
    worker.on('error', (error) => this.#ended(worker, error));
    worker.on('exit', () => this.#ended(worker, new Error('the thread for bcrypt has ended')));
    this.#worker = worker;
    return worker;
  }

  #ended(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(error);
  }
}
