import net from 'node:net';
import tls from 'node:tls';
import { takeHandles } from './accepted-handles.js';
import { type Channel, noOwner } from './channel.js';
import type { AcceptedHandle } from './relay-socket.js';
import type { SocketOptions } from './socket-channel.js';
import { openTlsOnHandle } from './tls-accepting.js';
import { type TlsWrite, type TlsWriteConstructor, tlsHandleOf } from './tls-insides.js';

/** Where TLS can be read and written past Node's streams, and with what; or why not. */
export type DirectTlsVerdict =
  | { readonly works: true; readonly TlsWrite: TlsWriteConstructor }
  | { readonly works: false; readonly reason: string };

const REQUEST = 'the bytes that the self-test asks with';
const ANSWER = 'those that it is answered with';
const TIMEOUT_MS = 5000;

/** Both sides know a secret, so that no certificate is needed. */
const secret = { identity: 'self-test', psk: Buffer.alloc(16, 1) };
const version = 'TLSv1.2';

let verdict: Promise<DirectTlsVerdict> | undefined;

/** Tries it on a connection of its own, once per process. Never rejects. @param sockets what it is tried with */
export function testDirectTls(
  sockets: SocketOptions,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<DirectTlsVerdict> {
  const wanted = environment.TOYOU_DATA_PLANE;
  if (wanted === 'streams') return Promise.resolve({ works: false, reason: 'TOYOU_DATA_PLANE=streams' });
  verdict ??= tryOnLoopback(sockets).catch((error: unknown) => ({ works: false, reason: String(error) }));
  return verdict;
}

async function tryOnLoopback(sockets: SocketOptions): Promise<DirectTlsVerdict> {
  const server = net.createServer();
  const open: { destroy(): void }[] = [];
  const late = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(new Error('it took too long')), TIMEOUT_MS);
    open.push({ destroy: () => clearTimeout(timer) });
  });
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
    return await Promise.race([late, converse(server, { ...sockets, TlsWrite: null }, open)]);
  } finally {
    for (const one of open) one.destroy();
    server.close();
  }
}

/** The client asks by streams, which shows what a write is made with; the server answers past them. */
async function converse(
  server: net.Server,
  sockets: SocketOptions,
  open: { destroy(): void }[],
): Promise<DirectTlsVerdict> {
  const asked = new Promise<[string, Channel]>((resolve, reject) => {
    const accept = (handle: AcceptedHandle): void => {
      try {
        const { channel } = openTlsOnHandle(handle, serverOptions(), sockets);
        open.push(channel);
        listen(channel, REQUEST.length, (text) => resolve([text, channel]), reject);
      } catch (error) {
        reject(error);
        handle.close();
      }
    };
    if (!takeHandles(server, accept)) throw new Error('this Node keeps its handles elsewhere');
  });
  asked.catch(() => {}); // awaited only where the client came so far
  const { port } = server.address() as net.AddressInfo;
  const client = tls.connect({
    host: '127.0.0.1',
    port,
    secureContext: makeContext(),
    pskCallback: () => secret,
    checkServerIdentity: () => undefined,
  });
  open.push(client);
  await new Promise<void>((resolve, reject) => client.once('error', reject).once('secureConnect', resolve));
  const answered = new Promise<string>((resolve) => client.once('data', (answer) => resolve(answer.toString())));
  const TlsWrite = await writeSeen(client);
  const [request, channel] = await asked;
  if (request !== REQUEST) return { works: false, reason: 'other bytes were read' };
  sockets.TlsWrite = TlsWrite;
  channel.writeText(ANSWER.slice(0, 5));
  channel.writeText(ANSWER.slice(5));
  const answer = await answered;
  if (!ANSWER.startsWith(answer) || answer === '') return { works: false, reason: 'other bytes arrived' };
  return { works: true, TlsWrite };
}

/** Writes by the stream, and looks at what Node hands to the handle for it. */
function writeSeen(client: tls.TLSSocket): Promise<TlsWriteConstructor> {
  return new Promise((resolve, reject) => {
    const handle = tlsHandleOf(client);
    const own = handle?.writeBuffer;
    if (handle === null || own === undefined) throw new Error('this Node writes TLS in another way');
    handle.writeBuffer = (write: TlsWrite, bytes: Buffer) => {
      handle.writeBuffer = own;
      resolve(write.constructor as TlsWriteConstructor);
      return own.call(handle, write, bytes);
    };
    client.write(Buffer.from(REQUEST), (error) => {
      if (error) reject(error);
      else reject(new Error('this Node writes TLS in another way')); // no harm where it is resolved
    });
  });
}

function listen(channel: Channel, length: number, heard: (text: string) => void, failed: (error: Error) => void): void {
  let text = '';
  channel.owner = {
    ...noOwner,
    onChunk: (bytes, from, to) => {
      text += bytes.toString('latin1', from, to);
      if (text.length >= length) heard(text);
      return to - from;
    },
    onClose: (error) => failed(error ?? new Error('it was closed')),
  };
  channel.resume();
}

function serverOptions(): Parameters<typeof openTlsOnHandle>[1] {
  return { secureContext: makeContext(), pskCallback: () => secret.psk, plainAnswer: '' };
}

/** With an empty list of authorities: to read those of Node takes longer than all the rest. */
function makeContext(): tls.SecureContext {
  return tls.createSecureContext({
    ca: [],
    ciphers: 'PSK-AES128-GCM-SHA256',
    minVersion: version,
    maxVersion: version,
  });
}
