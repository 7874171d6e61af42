const HEAD_END = '\r\n\r\n';

/** A minimal reader of responses that come one at a time and announce their length. Any split of the bytes will do. */
export class ResponseReader {
  /** Of the response last read, or being read. */
  status = 0;
  bodyBytes = 0;
  #head = '';
  #inBody = false;
  #bodyLeft = 0;

  /** True when these bytes completed the response. Throws where they are none, or go on after its end. */
  take(view: Buffer): boolean {
    const bodyStart = this.#inBody ? 0 : this.#takeHead(view);
    if (!this.#inBody) return false;
    this.#bodyLeft -= view.length - bodyStart;
    if (this.#bodyLeft < 0) throw new Error('bytes after the end of a response');
    if (this.#bodyLeft > 0) return false;
    this.#inBody = false;
    return true;
  }

  /** Returns where the body begins in the view. */
  #takeHead(view: Buffer): number {
    const before = this.#head.length;
    // In the common case the head is whole, and the body behind it is not turned into text.
    const end = before === 0 ? view.indexOf(HEAD_END) : -1;
    this.#head += view.toString('latin1', 0, end < 0 ? view.length : end + HEAD_END.length);
    const headEnd = end < 0 ? this.#head.indexOf(HEAD_END) : end;
    if (headEnd < 0) return view.length;
    this.#readHead(this.#head.slice(0, headEnd));
    this.#head = '';
    return headEnd + HEAD_END.length - before;
  }

  #readHead(head: string): void {
    const contentLength = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (!head.startsWith('HTTP/1.1 ')) throw new Error(`no HTTP/1.1 response: ${head.slice(0, 40)}`);
    if (contentLength === undefined) throw new Error(`a response without Content-Length: ${head.slice(0, 40)}`);
    this.status = Number(head.slice(9, 12));
    this.bodyBytes = Number(contentLength);
    this.#bodyLeft = this.bodyBytes;
    this.#inBody = true;
  }
}
