import type { Channel } from '../channel/channel.js';
import type { MutableResponseHead } from '../exchange/response-head.js';
import type { ResponseWatcher, ResponseWriter } from '../exchange/response-writer.js';
import type { BodyFraming } from '../protocol/http1/body-framing.js';
import type { ResponseHead } from '../protocol/http1/response-head.js';

/** The connection that a response is written on. */
export interface ResponseConnection {
  readonly channel: Channel;
  /** Decides with the head whether the connection goes on after this response. */
  keepsOpen(framing: BodyFraming): boolean;
  responseDone(): void;
  responseAborted(): void;
  handOver(): UpgradedSide;
}

/** A channel given away after a 101, with the duty to say when it has closed. */
export interface UpgradedSide {
  readonly channel: Channel;
  closed(): void;
}

/** A writer whose connection can be taken over by a tunnel. */
export interface UpgradableWriter extends ResponseWriter {
  /** After a 101 was written. The connection reads and writes no more. */
  handOver(): UpgradedSide;
}

/** Writes one response on an HTTP/1.1 client connection (RFC 9112). */
export class ClientResponse implements UpgradableWriter {
  readonly http11: boolean;
  headSent = false;
  bytesWritten = 0;
  watcher: ResponseWatcher | null = null;
  readonly #connection: ResponseConnection;
  #heldHead = '';
  #over = false;

  constructor(connection: ResponseConnection, http11: boolean) {
    this.#connection = connection;
    this.http11 = http11;
  }

  get queuedBytes(): number {
    return this.#connection.channel.queuedBytes;
  }

  get congested(): boolean {
    return this.#connection.channel.congested;
  }

  watch(watcher: ResponseWatcher): void {
    this.watcher = watcher;
  }

  writeInformational(head: ResponseHead): void {
    if (!this.http11 || this.headSent || this.#over) return;
    this.#connection.channel.writeText(`HTTP/1.1 ${head.status} ${head.reason}\r\n${head.headers.format()}\r\n`);
  }

  writeHead(head: MutableResponseHead, framing: BodyFraming): void {
    this.headSent = true;
    const keptOpen = this.#connection.keepsOpen(framing);
    const chunked = framing.kind === 'chunked' ? 'Transfer-Encoding: chunked\r\n' : '';
    const connection = this.#connectionField(head.status, keptOpen);
    this.#heldHead = `HTTP/1.1 ${head.status} ${head.reason}\r\n${head.headers.format()}${chunked}${connection}\r\n`;
  }

  writeBody(bytes: Buffer, from: number, to: number): boolean {
    if (this.#over) return true;
    this.bytesWritten += to - from;
    if (this.#heldHead === '') return this.#connection.channel.write(bytes, from, to);
    const head = this.#heldHead;
    this.#heldHead = '';
    return this.#connection.channel.writeText(head, bytes, from, to);
  }

  writeBodyText(text: string): boolean {
    if (this.#over) return true;
    this.bytesWritten += text.length;
    const held = this.#heldHead;
    this.#heldHead = '';
    return this.#connection.channel.writeText(held + text);
  }

  flush(): void {
    if (this.#heldHead === '' || this.#over) return;
    const head = this.#heldHead;
    this.#heldHead = '';
    this.#connection.channel.writeText(head);
  }

  endBody(): void {
    if (this.#over) return;
    this.flush();
    this.#over = true;
    this.#connection.responseDone();
  }

  abort(): void {
    if (this.#over) return;
    this.#over = true;
    this.#connection.responseAborted();
  }

  handOver(): UpgradedSide {
    this.flush();
    this.#over = true;
    return this.#connection.handOver();
  }

  /** The connection is gone: nothing can be written any more. */
  close(): void {
    this.#over = true;
    this.watcher = null;
  }

  #connectionField(status: number, keptOpen: boolean): string {
    if (status === 101) return 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
    if (status === 426) return keptOpen ? 'Connection: Upgrade\r\n' : 'Connection: Upgrade, close\r\n';
    if (!keptOpen) return 'Connection: close\r\n';
    return this.http11 ? '' : 'Connection: keep-alive\r\n';
  }
}
