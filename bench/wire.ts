import { writeSync } from 'node:fs';
import { connect, Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, TLSSocket } from 'node:tls';

/** What the owner of a socket is told. */
export interface WireEvents {
  connected?(): void;
  /** The view is valid during the call only, and may be written into. False stops reading until `resume()`. */
  bytes(view: Buffer): boolean;
  /** Once, whoever ended it. The reason is empty for a clean end. */
  closed(reason: string): void;
}

/** What Node keeps in a socket of the operating system's own; undocumented, hence every use has another way. */
interface Insides {
  _handle?: { readonly fd?: number } | null;
}

/** One buffer for all sockets of the process: no allocation per read, and few reads for a large body. */
const sharedReadBuffer = Buffer.allocUnsafeSlow(256 * 1024);

/** Where the load connects to. */
export interface Destination {
  readonly port: number;
  /** In PEM, for TLS: who vouches for the proxy's certificate. Plain TCP without. */
  readonly ca?: string | undefined;
}

/** Connects to a port of this machine. */
export function connectWire({ port, ca }: Destination, events: WireEvents): Socket {
  if (ca !== undefined) return connectTlsWire({ port, ca }, events);
  const onread = { buffer: sharedReadBuffer, callback: (length: number) => takeShared(events, length) };
  const socket = connect({ host: '127.0.0.1', port, noDelay: true, onread });
  socket.once('connect', () => events.connected?.());
  return watchEnd(socket, events);
}

/** Connects by TLS; `more` may name a session to resume. */
export function connectTlsWire(destination: Destination, events: WireEvents, more: ConnectionOptions = {}): TLSSocket {
  const { port, ca } = destination;
  const socket = connectTls({
    host: '127.0.0.1',
    port,
    ca,
    servername: 'localhost',
    ALPNProtocols: ['http/1.1'],
    ...more,
  });
  socket.setNoDelay(true);
  socket.once('secureConnect', () => events.connected?.());
  socket.on('data', (chunk: Buffer) => {
    if (!events.bytes(chunk)) socket.pause();
  });
  watchEnd(socket, events);
  return socket;
}

/** Takes over a socket that a server accepted; use the one returned. It reads into the shared buffer where it can. */
export function acceptWire(accepted: Socket, events: WireEvents): Socket {
  const insides = accepted as Insides;
  const handle = insides._handle;
  if (handle?.fd === undefined) {
    const take = (chunk: Buffer): void => {
      if (!events.bytes(chunk)) accepted.pause();
    };
    return watchEnd(accepted.on('data', take), events);
  }
  // The old object goes without the handle, so that the server counts it out.
  insides._handle = null;
  accepted.destroy();
  const onread = { buffer: sharedReadBuffer, callback: (length: number) => takeShared(events, length) };
  const options: object = { handle, onread };
  return watchEnd(new Socket(options), events).resume();
}

/**
 * Writes in the same tick, past the stream, while nothing is queued there: it saves a third of what a small message
 * costs, and the load must be cheaper than what it measures. What the kernel does not take is copied and queued.
 */
export function sendNow(socket: Socket, view: Buffer): void {
  // Past TLS it would be plain text.
  const fd = socket instanceof TLSSocket ? undefined : (socket as Insides)._handle?.fd;
  let written = 0;
  if (fd !== undefined && fd >= 0 && socket.writable && !socket.connecting && socket.writableLength === 0) {
    try {
      written = writeSync(fd, view);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') {
        socket.destroy(error as Error);
        return;
      }
    }
  }
  if (written < view.length) socket.write(Buffer.from(view.subarray(written)));
}

/** Closes sockets that may be closed without a farewell; resolves when all are gone. */
export async function closeWires(sockets: Iterable<Socket>): Promise<void> {
  const closing: Promise<void>[] = [];
  for (const socket of sockets) {
    if (socket.closed) continue;
    closing.push(new Promise((resolve) => socket.once('close', () => resolve())));
    socket.destroy();
  }
  await Promise.all(closing);
}

function takeShared(events: WireEvents, length: number): boolean {
  return events.bytes(sharedReadBuffer.subarray(0, length));
}

function watchEnd(socket: Socket, events: WireEvents): Socket {
  let reason = '';
  socket.once('error', (error) => {
    reason = error.message;
  });
  socket.once('close', () => events.closed(reason));
  return socket;
}
