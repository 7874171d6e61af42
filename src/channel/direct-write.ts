import { readSync, writeSync } from 'node:fs';
import net from 'node:net';

/** The failed write of a peer that is gone: what it still sent may be there to be read. */
export const WRITE_FAILED = -1;
const ONE_BYTE = Buffer.alloc(1);

interface HandleWithDescriptor {
  readonly fd?: number;
}

/**
 * Writes to a plain socket's descriptor at once, in the same tick, so that nothing has to be copied. The caller makes
 * sure that nothing is queued on the socket and that it is plain: the same on TLS would put plain text on the wire.
 * The descriptor is read from the handle at each use: its number is handed out again as soon as it is closed.
 * @returns how many bytes the kernel took, or {@link WRITE_FAILED}
 */
export function writeDirectly(socket: net.Socket, bytes: Buffer, from: number, to: number): number {
  const descriptor = descriptorOf(socket);
  if (descriptor < 0) return 0;
  try {
    return writeSync(descriptor, bytes, from, to - from);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EAGAIN' ? 0 : WRITE_FAILED;
  }
}

/**
 * True where a socket whose peer has ended has an error to tell still, a reset. Only for one that was read to its end:
 * a byte would be lost.
 */
export function nextReadFails(socket: net.Socket): boolean {
  const descriptor = descriptorOf(socket);
  if (descriptor < 0) return false;
  try {
    readSync(descriptor, ONE_BYTE, 0, 1, null);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EAGAIN';
  }
}

/** The number of a connected socket's descriptor; -1 where this Node or this system shows none. */
function descriptorOf(socket: net.Socket): number {
  const handle = (socket as unknown as { _handle?: HandleWithDescriptor | null })._handle;
  return handle?.fd ?? -1;
}

/** Where the direct write can be used, or why not. */
export type DirectWriteVerdict = { readonly works: true } | { readonly works: false; readonly reason: string };

let verdict: Promise<DirectWriteVerdict> | undefined;

/** Tries the direct write on a connection of its own, once per process, and leaves nothing open. Never rejects. */
export function testDirectWrite(environment: NodeJS.ProcessEnv = process.env): Promise<DirectWriteVerdict> {
  const wanted = environment.TOYOU_DATA_PLANE;
  if (wanted === 'streams') return Promise.resolve({ works: false, reason: 'TOYOU_DATA_PLANE=streams' });
  verdict ??= tryOnLoopback().catch((error: unknown) => ({ works: false, reason: String(error) }));
  return verdict;
}

async function tryOnLoopback(): Promise<DirectWriteVerdict> {
  const sent = Buffer.from('the bytes of the self-test');
  const server = net.createServer();
  const sockets: net.Socket[] = [];
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    const received = new Promise<Buffer>((resolve, reject) => {
      server.once('connection', (socket) => {
        sockets.push(socket);
        const chunks: Buffer[] = [];
        socket.on('data', (chunk: Buffer) => chunks.push(chunk));
        socket.on('end', () => resolve(Buffer.concat(chunks)));
        socket.on('error', reject);
      });
    });
    const client = net.connect(port, '127.0.0.1');
    sockets.push(client);
    await new Promise<void>((resolve, reject) => client.once('error', reject).once('connect', resolve));
    const taken = writeDirectly(client, sent, 4, sent.length);
    client.end();
    const arrived = await received;
    if (taken !== sent.length - 4) return { works: false, reason: `${taken} bytes were taken` };
    if (!arrived.equals(sent.subarray(4))) return { works: false, reason: 'other bytes arrived' };
    return { works: true };
  } finally {
    await Promise.all([...sockets.map(closed), new Promise((resolve) => server.close(resolve))]);
  }
}

function closed(socket: net.Socket): Promise<void> {
  if (socket.closed) return Promise.resolve();
  return new Promise((resolve) => {
    socket.on('error', () => {}).once('close', () => resolve());
    socket.destroy();
  });
}
