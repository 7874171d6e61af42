import type net from 'node:net';
import { destroyWithReset } from '../../../src/channel/destroy-with-reset.js';

type WriteDone = (error?: Error | null) => void;
type WriteChunks = { chunk: unknown; encoding: BufferEncoding }[];

/** One of a link's two sockets. A write that fails ends the sending only: what its peer sent before can be read on. */
export class LinkSocket {
  readonly socket: net.Socket;
  /** Told once: how the peer ended its side. */
  onEnd: (how: 'fin' | 'reset') => void = () => {};
  #writeFailed = false;
  #told = false;

  /** @param socket allows half-open, and is paused */
  constructor(socket: net.Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    this.#keepOnFailedWrites();
    socket.on('end', () => this.#ended(this.#wasReset() ? 'reset' : 'fin'));
    socket.on('error', () => this.#ended('reset'));
  }

  /** @param done told in a later tick: whether the peer was gone */
  write(bytes: Buffer, done: (failed: boolean) => void): void {
    this.socket.write(bytes, () => done(this.#writeFailed || this.socket.destroyed));
  }

  /** A reset to the peer, behind a FIN that is on its way. */
  reset(): void {
    const { socket } = this;
    this.#told = true;
    if (socket.writableEnded && !socket.writableFinished && !socket.destroyed && socket.writableLength === 0) {
      socket.once('finish', () => destroyWithReset(socket));
    } else {
      destroyWithReset(socket);
    }
  }

  #ended(how: 'fin' | 'reset'): void {
    if (this.#told) return;
    this.#told = true;
    if (how === 'reset') this.socket.destroy();
    this.onEnd(how);
  }

  /** libuv tells a reset that comes right behind bytes as an end; a socket that was reset has no peer any more. */
  #wasReset(): boolean {
    if (this.socket.writableEnded) return false;
    const { _handle } = this.socket as unknown as { _handle?: { getpeername?(out: object): number } | null };
    return (_handle?.getpeername?.({}) ?? 0) !== 0;
  }

  #keepOnFailedWrites(): void {
    const socket = this.socket as net.Socket & {
      _writev?(chunks: WriteChunks, done: WriteDone): void;
    };
    const write = socket._write.bind(socket);
    const writev = socket._writev?.bind(socket);
    const final = socket._final.bind(socket);
    const forgiving = (done: WriteDone): WriteDone => {
      return (error) => {
        if (error) this.#writeFailed = true;
        done();
      };
    };
    socket._write = (chunk, encoding, done) => write(chunk, encoding, forgiving(done));
    if (writev !== undefined) socket._writev = (chunks, done) => writev(chunks, forgiving(done));
    socket._final = (done) => final(() => done());
  }
}
