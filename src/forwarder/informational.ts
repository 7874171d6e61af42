import type { Exchange } from '../exchange/exchange.js';
import { ProxyError } from '../exchange/proxy-error.js';
import { HeaderList } from '../protocol/http1/header-list.js';
import type { ResponseHead } from '../protocol/http1/response-head.js';
import { endToEndHeaders } from './client-headers.js';

const MAX_RELAYED = 16;
/** No backend that means well sends more, one a second for hours included; reading them costs 2 µs each. */
const MAX_RECEIVED = 10_000;
/** A client that waits for 100 gets one from us where the backend says nothing for so long. */
const CONTINUE_AFTER_MS = 1000;

/** The 1xx responses of one exchange (RFC 9110 section 15.2). */
export class Informational {
  /** When the last one came, on the coarse clock. */
  receivedAtMs = 0;
  readonly #exchange: Exchange;
  #received = 0;
  #relayed = 0;
  #continued = false;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /** Passes a 1xx on, up to 16 of them, and never a second 100. @throws ProxyError where they do not end */
  received(head: ResponseHead, nowMs: number): void {
    this.receivedAtMs = nowMs;
    if (++this.#received > MAX_RECEIVED) throw new ProxyError('bad-response', `over ${MAX_RECEIVED} 1xx responses`);
    if (head.status === 100) {
      if (this.#continued) return;
      this.#continued = true;
    }
    if (++this.#relayed > MAX_RELAYED) return;
    this.#exchange.writer.writeInformational({ ...head, headers: endToEndHeaders(head.headers) });
  }

  /** @param waitedMs since the request's head went to the backend */
  sweep(waitedMs: number): void {
    const { facts, body } = this.#exchange.request;
    if (!facts.expectContinue || this.#continued || waitedMs < CONTINUE_AFTER_MS || body.bytesSeen > 0) return;
    this.#continued = true;
    this.#exchange.writer.writeInformational({
      status: 100,
      reason: 'Continue',
      minorVersion: 1,
      headers: new HeaderList(),
    });
  }
}
