import { HeadCollector } from '../protocol/http1/head-collector.js';
import { parseRequestHead, type RequestHead } from '../protocol/http1/request-head.js';
import { judgeRequestHead, type RequestFacts } from '../protocol/http1/request-rules.js';
import type { ClientHost } from './client-host.js';

/** Reads the heads of requests, one after the other, through any split of their bytes. */
export class RequestReader {
  /** The head that was read last; null where it was malformed. */
  head: RequestHead | null = null;
  /** Where reading stopped: behind the head, or at the end of the bytes. */
  stoppedAt = 0;
  readonly #host: ClientHost;
  readonly #collector: HeadCollector;

  constructor(host: ClientHost) {
    this.#host = host;
    this.#collector = new HeadCollector(host.limits.head);
  }

  /** True once a byte of the next head was seen. */
  get started(): boolean {
    return this.#collector.started;
  }

  /**
   * Takes `bytes[at, to)`; null where the head is not whole yet.
   * @throws ProtocolError with the code of the rule it breaks; `head` is there where its grammar was right
   */
  read(bytes: Buffer, at: number, to: number): RequestFacts | null {
    this.head = null;
    this.stoppedAt = to;
    if (!this.#collector.started) this.#collector.limits = this.#host.limits.head;
    const end = this.#collector.collect(bytes, at, to);
    if (end < 0) return null;
    const { headBytes, headStart, headEnd, limits } = this.#collector;
    this.stoppedAt = end;
    this.head = parseRequestHead(headBytes, headStart, headEnd, limits);
    const facts = judgeRequestHead(this.head, this.#host.pseudonym);
    this.#collector.reset();
    return facts;
  }

  /** Lets go of everything. */
  reset(): void {
    this.head = null;
    this.#collector.reset();
  }
}
