import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { throughLinks } from './faults/test-links.js';
import { type RawResponse, readChunked, readHead } from './raw-response.js';
import { stageCertificates, tlsVariant } from './tls-variant.js';
import { settled } from './turns.js';

/** Nothing came for so long: only a test that fails gets here. Megabytes on their way elsewhere take their time. */
const GIVE_UP_MS = throughLinks ? 180_000 : 10_000;

/** How the other side ended the connection, in the order it was seen. */
export type Ending = 'fin' | 'reset';

/** One end of a TCP connection, or of TLS on it, byte by byte: the test's, as client or as backend. */
export class RawPeer {
  /** Everything that came, as Latin-1. */
  received = '';
  readonly endings: Ending[] = [];
  /** The size of each read. */
  readonly reads: number[] = [];
  readonly #socket: net.Socket;
  readonly #raw: net.Socket;
  readonly #watchers = new Set<() => void>();
  #taken = 0;
  #closed = false;

  /** @param socket must allow half-open @param raw where `socket` is TLS: what is below it */
  constructor(socket: net.Socket, raw = socket) {
    this.#socket = socket;
    this.#raw = raw;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.received += chunk.toString('latin1');
      this.reads.push(chunk.length);
      this.#changed();
    });
    socket.on('end', () => this.#ended('fin'));
    socket.on('error', () => this.#ended('reset'));
    socket.on('close', () => {
      this.#closed = true;
      this.#changed();
    });
  }

  static async connect(port: number): Promise<RawPeer> {
    return tlsVariant.in ? RawPeer.connectSecure(port) : RawPeer.connectPlain(port);
  }

  /** @param options of the handshake; unless given, those for the stage's certificate */
  static async connectSecure(port: number, options?: tls.ConnectionOptions): Promise<RawPeer> {
    const given = options ?? { ca: (await stageCertificates()).folder.authority.cert, host: '127.0.0.1' };
    const raw = net.connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    await once(raw, 'connect');
    const socket = tls.connect({ ...given, socket: raw });
    await once(socket, 'secureConnect');
    return new RawPeer(socket, raw);
  }

  static async connectPlain(port: number): Promise<RawPeer> {
    const socket = net.connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    await once(socket, 'connect');
    return new RawPeer(socket);
  }

  /** What came and was not taken yet. */
  get untaken(): string {
    return this.received.slice(this.#taken);
  }

  /** True once both directions are over, by whom ever. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Of its end of the connection. */
  get localPort(): number | undefined {
    return this.#raw.localPort;
  }

  /** Bytes that the kernel has not taken. */
  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  send(bytes: string | Buffer): void {
    this.#socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** FIN behind what was sent. */
  end(): void {
    this.#socket.end();
  }

  reset(): void {
    this.#raw.resetAndDestroy();
  }

  /** Reads nothing more: the kernel's buffers fill. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Waits until `wanted` has come behind what was taken, and takes up to its end. */
  async takeThrough(wanted: string): Promise<string> {
    await this.#until(() => this.received.indexOf(wanted, this.#taken) >= 0, JSON.stringify(wanted));
    return this.#take(this.received.indexOf(wanted, this.#taken) + wanted.length - this.#taken);
  }

  /** A head with its empty line. */
  takeHead(): Promise<string> {
    return this.takeThrough('\r\n\r\n');
  }

  async take(length: number): Promise<string> {
    // Not `untaken`: for every chunk of a large body that would be a copy of all.
    await this.#until(() => this.received.length - this.#taken >= length, `${length} bytes`);
    return this.#take(length);
  }

  /** One final response or 1xx, its body included. */
  async takeResponse(method = 'GET'): Promise<RawResponse> {
    const head = readHead(await this.takeHead());
    const { status } = head;
    if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return { ...head, body: '' };
    const length = head.get('content-length');
    if (length !== undefined) return { ...head, body: await this.take(Number(length)) };
    if (head.get('transfer-encoding') === undefined) return { ...head, body: await this.takeRest() };
    const text = await this.takeThrough('0\r\n\r\n');
    return { ...head, body: readChunked(text) };
  }

  /** All up to the other side's end. */
  async takeRest(): Promise<string> {
    await this.ending();
    return this.#take(this.untaken.length);
  }

  /** Waits until the other side has ended the connection: how it did first. */
  async ending(): Promise<Ending> {
    await this.#until(() => this.endings.length > 0, 'the end of the connection');
    return this.endings[0] as Ending;
  }

  /** Waits for as long as it takes: true when bytes can be taken, false when none will come. */
  async someBytes(): Promise<boolean> {
    await this.#until(
      () => this.received.length > this.#taken || this.endings.length > 0 || this.#closed,
      'bytes',
      false,
    );
    return this.untaken !== '';
  }

  /** Waits until more than `length` bytes have come in all, or none will any more. */
  async bytesOrEnd(length: number): Promise<void> {
    const over = () => this.endings.length > 0 || this.#closed;
    await this.#until(() => this.received.length > length || over(), `byte ${length}`);
  }

  /**
   * Waits until the other side has ended the connection: true where with a reset. libuv tells a reset that comes
   * right behind bytes as an end; only a write shows what it was.
   */
  async wasReset(): Promise<boolean> {
    if ((await this.ending()) === 'reset') return true;
    this.send('x');
    await settled();
    return this.endings.includes('reset');
  }

  /** Waits until both directions are over. */
  async whenClosed(): Promise<void> {
    await this.#until(() => this.#closed, 'the close of the connection');
  }

  #take(length: number): string {
    const text = this.received.slice(this.#taken, this.#taken + length);
    this.#taken += length;
    return text;
  }

  #ended(how: Ending): void {
    this.endings.push(how);
    this.#changed();
  }

  #changed(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }

  #until(condition: () => boolean, what: string, givesUp = true): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const over = (error: Error | null): void => {
        clearTimeout(guard);
        this.#watchers.delete(look);
        if (error === null) resolve();
        else reject(error);
      };
      const fail = (why: string): void => {
        const came = `came: ${JSON.stringify(this.untaken.slice(0, 2_000))}, endings: ${this.endings.join(' ')}`;
        over(new assert.AssertionError({ message: `${why}, waiting for ${what}; ${came}` }));
      };
      const look = (): void => {
        guard?.refresh();
        if (condition()) over(null);
        else if (this.#closed) fail('closed');
      };
      const guard = givesUp ? setTimeout(() => fail('gave up'), GIVE_UP_MS) : undefined;
      this.#watchers.add(look);
      look();
    });
  }
}
