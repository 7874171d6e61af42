/** One HTTP message as a judge sees it: read by the letter, with nothing forgiven. */
export interface Message {
  readonly startLine: string;
  readonly headers: ReadonlyMap<string, string>;
  /** Payload, without framing. */
  body: string;
  complete: boolean;
}

/** What the reader has to know of a response before it can find its end. */
export type BodyRule = 'by-head' | 'none';

/** An independent, simple reader of HTTP/1.1 messages: throws at the first byte that is out of place. */
export class MessageReader {
  readonly messages: Message[] = [];
  /** Bytes that belong to no message yet. */
  rest = '';
  readonly #ruleFor: (startLine: string) => BodyRule;
  #open: Message | null = null;
  #left = 0;
  #mode: 'head' | 'length' | 'chunk-line' | 'chunk' | 'trailers' | 'until-close' | 'raw' = 'head';

  constructor(ruleFor: (startLine: string) => BodyRule) {
    this.#ruleFor = ruleFor;
  }

  /** The message that is being read: its body is not whole yet. */
  get open(): Message | null {
    return this.#open;
  }

  /** From here on the bytes are no HTTP: they pile up in `rest`. */
  becomeRaw(): void {
    this.#mode = 'raw';
  }

  feed(text: string): void {
    this.rest += text;
    while (this.#step());
  }

  /** The connection ended in good order. */
  end(): void {
    if (this.#mode === 'until-close') this.#finish();
  }

  #step(): boolean {
    switch (this.#mode) {
      case 'head':
        return this.#readHead();
      case 'length':
      case 'chunk':
        return this.#readPayload();
      case 'chunk-line':
        return this.#readChunkLine();
      case 'trailers':
        return this.#readTrailer();
      case 'until-close':
        if (this.#open !== null) this.#open.body += this.rest;
        this.rest = '';
        return false;
      case 'raw':
        return false;
    }
  }

  #readHead(): boolean {
    const end = this.rest.indexOf('\r\n\r\n');
    if (end < 0) return false;
    const [startLine = '', ...lines] = this.rest.slice(0, end).split('\r\n');
    this.rest = this.rest.slice(end + 4);
    const headers = new Map<string, string>();
    for (const line of lines) {
      const parts = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+): ?([^\r\n]*)$/.exec(line);
      if (parts === null) throw new Error(`broken header line ${JSON.stringify(line)}`);
      headers.set((parts[1] as string).toLowerCase(), parts[2] as string);
    }
    const message: Message = { startLine, headers, body: '', complete: false };
    this.messages.push(message);
    this.#open = message;
    this.#frame(message);
    return true;
  }

  #frame(message: Message): void {
    const length = message.headers.get('content-length');
    const coding = message.headers.get('transfer-encoding');
    if (length !== undefined && coding !== undefined) throw new Error('two framings');
    const rule = this.#ruleFor(message.startLine);
    const isRequest = !message.startLine.startsWith('HTTP/');
    if (rule === 'none') this.#finish();
    else if (coding !== undefined) this.#mode = 'chunk-line';
    else if (length !== undefined) this.#expect(Number(length), 'length');
    else if (isRequest) this.#finish();
    else this.#mode = 'until-close';
  }

  #expect(bytes: number, mode: 'length' | 'chunk'): void {
    this.#left = bytes;
    this.#mode = mode;
    if (bytes === 0 && mode === 'length') this.#finish();
  }

  #readPayload(): boolean {
    const taken = this.rest.slice(0, this.#left);
    if (this.#open !== null) this.#open.body += taken;
    this.#left -= taken.length;
    this.rest = this.rest.slice(taken.length);
    if (this.#left > 0) return false;
    if (this.#mode === 'length') {
      this.#finish();
      return true;
    }
    if (this.rest.length < 2) return false;
    if (!this.rest.startsWith('\r\n')) throw new Error('a chunk does not end in CR LF');
    this.rest = this.rest.slice(2);
    this.#mode = 'chunk-line';
    return true;
  }

  #readChunkLine(): boolean {
    const end = this.rest.indexOf('\r\n');
    if (end < 0) return false;
    const line = this.rest.slice(0, end);
    if (!/^(?:0|[1-9a-fA-F][0-9a-fA-F]*)$/.test(line)) throw new Error(`broken chunk line ${JSON.stringify(line)}`);
    this.rest = this.rest.slice(end + 2);
    const size = Number.parseInt(line, 16);
    if (size === 0) this.#mode = 'trailers';
    else this.#expect(size, 'chunk');
    return true;
  }

  #readTrailer(): boolean {
    const end = this.rest.indexOf('\r\n');
    if (end < 0) return false;
    const line = this.rest.slice(0, end);
    this.rest = this.rest.slice(end + 2);
    if (line === '') this.#finish();
    return true;
  }

  #finish(): void {
    if (this.#open !== null) this.#open.complete = true;
    this.#open = null;
    this.#mode = 'head';
  }
}
