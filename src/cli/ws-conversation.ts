import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { type RawData, WebSocket } from 'ws';
import { EXIT } from './exit-status.js';
import { LineSplitter } from './line-splitter.js';
import { RoundTrips } from './round-trips.js';
import { toBuffer } from './to-buffer.js';
import type { WsOptions } from './ws-options.js';
import { parsePayload } from './ws-payload.js';
import { readRefusal } from './ws-refusal.js';
import type { WsReporter } from './ws-reporter.js';

/** Bytes that wait, for the server or for our output, above which nothing more is read. */
const MAX_BUFFERED_BYTES = 1024 * 1024;
const HANDSHAKE_TIMEOUT_MS = 30_000;
/** For the server's answer to our Close where nobody reads our output any more. */
const UNHEARD_CLOSE_MS = 1000;
const CLEAN_CODES: ReadonlySet<number> = new Set([1000, 1001, 1005]);

/** One WebSocket between lines of input and lines of output. */
export class WsConversation {
  readonly #settings: WsOptions;
  readonly #input: Readable;
  readonly #report: WsReporter;
  readonly #socket: WebSocket;
  readonly #startedAtMs = performance.now();
  readonly #roundTrips: RoundTrips;
  readonly #ended: Promise<number>;
  #finish: (status: number) => void = () => {};
  /** Below the socket: lines that come together leave together. */
  #wire: Socket | null = null;
  #openedAtMs: number | null = null;
  #closedByUs = false;
  #messages = 0;
  #lines = 0;
  #badLines = 0;
  #unwrittenBytes = 0;
  /** Nobody reads our output any more. */
  #unheard = false;

  constructor(settings: WsOptions, input: Readable, report: WsReporter) {
    this.#settings = settings;
    this.#input = input;
    this.#report = report;
    this.#ended = new Promise((resolve) => {
      this.#finish = resolve;
    });
    this.#socket = new WebSocket(settings.url, [...settings.subprotocols], {
      headers: settings.headers,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    });
    this.#roundTrips = new RoundTrips(this.#socket, settings.pingIntervalMs, (ms) => report.ponged(ms));
    this.#listen();
  }

  /** @returns the exit status, once it is over */
  get ended(): Promise<number> {
    return this.#ended;
  }

  /** Says goodbye where it is open, else gives up. */
  interrupt(): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#close(1001);
    else this.#socket.terminate();
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #close(code: number): void {
    this.#stopInput();
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#closedByUs = true;
    // Behind all that was sent. A paused socket would not see the answer.
    this.#socket.close(code);
    this.#socket.resume();
  }

  #stopInput(): void {
    this.#input.removeAllListeners('data').pause();
  }

  #listen(): void {
    const socket = this.#socket;
    socket.on('upgrade', (response) => {
      this.#wire = response.socket;
    });
    socket.on('open', () => this.#opened());
    socket.on('message', (payload, binary) => this.#received(payload, binary));
    socket.on('ping', (payload) => this.#report.pinged(payload));
    socket.on('error', (error) => this.#report.failed(describeError(error)));
    socket.on('close', (code, reason) => this.#closed(code, reason.toString()));
    socket.on('unexpected-response', (_request, response: IncomingMessage) => {
      void readRefusal(response).then((refusal) => {
        this.#report.refused(refusal);
        response.destroy();
        this.#finish(EXIT.failed);
      });
    });
  }

  #opened(): void {
    this.#openedAtMs = performance.now();
    const { protocol, extensions } = this.#socket;
    const handshakeMs = this.#openedAtMs - this.#startedAtMs;
    this.#report.opened({ subprotocol: protocol, extensions, handshakeMs });
    this.#roundTrips.start();
    const lines = new LineSplitter((line) => this.#send(line));
    this.#input.on('data', (piece: Buffer) => {
      // A pipe hands over up to 2 MiB a turn: without this a million short lines go before anything is received.
      this.#input.pause();
      setImmediate(() => this.#resumeInput());
      this.#wire?.cork();
      lines.add(piece);
      this.#wire?.uncork();
    });
    this.#input.on('error', (error) => this.#report.failed(`the input cannot be read: ${error.message}`));
    this.#input.on('end', () => {
      lines.end();
      if (this.#settings.count === undefined) this.#close(1000);
    });
  }

  #send(line: Buffer): void {
    this.#lines += 1;
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    try {
      const payload = parsePayload(line, this.#settings);
      this.#socket.send(payload, { binary: this.#settings.binary }, () => this.#resumeInput());
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#badLines += 1;
      this.#report.failed(`line ${this.#lines} was not sent: ${error.message}`);
    }
  }

  #resumeInput(): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    if (this.#input.isPaused() && this.#socket.bufferedAmount <= MAX_BUFFERED_BYTES) this.#input.resume();
  }

  #received(payload: RawData, binary: boolean): void {
    if (this.#complete || this.#unheard) return;
    this.#messages += 1;
    const bytes = toBuffer(payload);
    this.#unwrittenBytes += bytes.length;
    this.#report.message(bytes, binary, (error) => {
      this.#unwrittenBytes -= bytes.length;
      // Whoever read our output has seen enough.
      if (error) this.#hushed();
      else if (this.#unwrittenBytes <= MAX_BUFFERED_BYTES && this.#socket.isPaused) this.#socket.resume();
    });
    if (this.#complete) this.#close(1000);
    else if (this.#unwrittenBytes > MAX_BUFFERED_BYTES) this.#socket.pause();
  }

  #hushed(): void {
    if (this.#unheard) return;
    this.#unheard = true;
    this.#close(1000);
    setTimeout(() => this.#socket.terminate(), UNHEARD_CLOSE_MS).unref();
  }

  /** As many messages came as were asked for. */
  get #complete(): boolean {
    return this.#settings.count !== undefined && this.#messages >= this.#settings.count;
  }

  #closed(code: number, reason: string): void {
    this.#roundTrips.stop();
    this.#stopInput();
    if (this.#openedAtMs !== null && !this.#unheard) {
      const by = code === 1006 ? null : this.#closedByUs ? 'client' : 'server';
      const openMs = performance.now() - this.#openedAtMs;
      this.#report.closed({ code, reason, by, clean: code !== 1006, openMs, roundTripsMs: this.#roundTrips.all });
    }
    this.#finish(this.#status(code));
  }

  #status(code: number): number {
    if (this.#openedAtMs === null) return EXIT.failed;
    if (this.#unheard) return EXIT.fine;
    if (this.#badLines > 0) return EXIT.refused;
    if (this.#settings.count !== undefined) return this.#complete ? EXIT.fine : EXIT.failed;
    return CLEAN_CODES.has(code) ? EXIT.fine : EXIT.failed;
  }
}

/** Of `localhost` Node tries several addresses: the error is the sum of theirs, and has no text of its own. */
function describeError(error: Error): string {
  if (error.message !== '' || !(error instanceof AggregateError)) return error.message;
  return error.errors.map((each) => (each instanceof Error ? each.message : String(each))).join('; ');
}
