import type { BodyReader } from '../connection/body-reader.js';
import type { BodySink } from '../exchange/body.js';
import type { MakeTransforms } from '../exchange/body-transform.js';
import type { Random } from '../exchange/clock.js';
import type { Exchange } from '../exchange/exchange.js';
import type { ProxyError } from '../exchange/proxy-error.js';
import type { RoutePolicy } from '../exchange/route.js';
import type { BodyFraming } from '../protocol/http1/body-framing.js';
import { EventScanner } from '../protocol/sse/event-scanner.js';
import { TransformedBody } from './transformed-body.js';

/** Told how the relaying of a response went. */
export interface ResponseRelayListener {
  responseRelayed(): void;
  responseFailed(error: ProxyError): void;
}

/** Relays a response's body to the client; of an event stream it knows where its events end. */
export class ResponseRelay implements BodySink {
  readonly #exchange: Exchange;
  readonly #body: BodyReader;
  readonly #framing: BodyFraming;
  readonly #listener: ResponseRelayListener;
  #events: EventScanner | null = null;
  #ending: (() => void) | null = null;
  #started = false;
  #transformed: TransformedBody | null = null;

  /** @param framing towards the client, where the body passes as it is */
  constructor(exchange: Exchange, body: BodyReader, framing: BodyFraming, listener: ResponseRelayListener) {
    this.#exchange = exchange;
    this.#body = body;
    this.#framing = framing;
    this.#listener = listener;
  }

  /** @param countEvents for an event stream that is not encoded */
  start(countEvents: boolean): void {
    this.#started = true;
    if (countEvents) this.#countEvents();
    else this.#ending = null;
    this.#body.start(this, this.#framing.kind !== this.#body.framing.kind);
    this.#endHere();
  }

  /** As {@link start}, for a body that is changed on its way. @param framing towards the client; none: no body follows */
  startTransformed(makes: readonly MakeTransforms[], framing: BodyFraming): void {
    if (framing.kind === 'none') {
      this.start(false);
      return;
    }
    this.#started = true;
    this.#transformed = new TransformedBody(this.#exchange, this.#body, makes, framing, this.#listener);
    this.#transformed.start();
  }

  /** True while bytes of the backend are waited for. */
  get wanted(): boolean {
    return this.#body.wanted;
  }

  /** The client takes bytes again. */
  resume(): void {
    if (this.#transformed === null) this.#body.resume();
    else this.#transformed.resume();
  }

  /** The exchange is over, or what held its response. */
  stop(): void {
    this.#transformed?.destroy();
  }

  /**
   * Ends the stream at the next place where no event is cut, the first one where it has not started: `retry` tells the
   * client when to come back.
   */
  endAtBoundary(retry: string, ended: () => void): void {
    if (this.#framing.kind === 'length' || (this.#started && this.#events === null)) return;
    this.#ending = () => {
      this.#writeLast(retry);
      ended();
    };
    this.#endHere();
  }

  onBodyBytes(bytes: Buffer, from: number, to: number): boolean {
    const goOn = this.#exchange.writer.writeBody(bytes, from, to);
    if (this.#ending !== null) queueMicrotask(() => this.#endHere());
    return goOn;
  }

  onBodyEnd(): void {
    this.#ending = null;
    this.#listener.responseRelayed();
  }

  onBodyFailed(error: ProxyError): void {
    this.#ending = null;
    this.#listener.responseFailed(error);
  }

  #countEvents(): void {
    const events = new EventScanner();
    this.#events = events;
    this.#body.onPayload = (bytes, from, to) => {
      events.scan(bytes, from, to);
      this.#exchange.events = events.events;
    };
  }

  #endHere(): void {
    const ending = this.#ending;
    if (ending === null || this.#events?.atEventBoundary !== true) return;
    // Where the client gets no chunks, what stands between those of the backend never comes here.
    if (this.#framing.kind === 'chunked' && !this.#body.atChunkBoundary) return;
    this.#ending = null;
    ending();
  }

  #writeLast(retry: string): void {
    const { writer } = this.#exchange;
    if (this.#framing.kind === 'chunked') {
      const chunk = retry === '' ? '' : `${retry.length.toString(16)}\r\n${retry}\r\n`;
      writer.writeBodyText(`${chunk}0\r\n\r\n`);
    } else if (retry !== '') {
      writer.writeBodyText(retry);
    }
  }
}

/** When a client whose event stream is ended is to come back; empty: as it likes. */
export function retryField(range: RoutePolicy['sseRetry'], random: Random): string {
  if (range === null) return '';
  return `retry: ${Math.round(range.minMs + random() * (range.maxMs - range.minMs))}\n\n`;
}
