import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import type { Channel } from '../../../src/channel/channel.js';
import { connectOptions } from '../../../src/channel/connect-options.js';
import type { Address } from '../../../src/channel/dialer.js';
import { testDirectTls } from '../../../src/channel/direct-tls-test.js';
import { writeDirectly } from '../../../src/channel/direct-write.js';
import { EventLoopTurns } from '../../../src/channel/event-loop-turns.js';
import { SocketChannel, type SocketOptions } from '../../../src/channel/socket-channel.js';
import { socketDialer } from '../../../src/channel/socket-dialer.js';
import { StreamChannel } from '../../../src/channel/stream-channel.js';
import { openTlsOnHandle } from '../../../src/channel/tls-accepting.js';
import { TlsChannel } from '../../../src/channel/tls-channel.js';
import { TlsClient } from '../../../src/channel/tls-client.js';
import { stageCertificates } from '../../support/tls-variant.js';
import { settled } from '../../support/turns.js';
import { adoptAccepted, takeHandle } from './adopt-accepted.js';
import type { ChannelKind, ChannelPair } from './channel-kind.js';
import { PairedDuplex } from './paired-duplex.js';
import { StreamPeer } from './stream-peer.js';

const WRITE_BUFFER_BYTES = 64 * 1024;

/** What all channels of one kind share: one read buffer above all. */
export function socketOptions(directWrite: boolean): Omit<SocketOptions, 'writeBufferBytes'> {
  return {
    readBuffer: Buffer.allocUnsafeSlow(64 * 1024),
    joinBuffer: Buffer.allocUnsafeSlow(1024),
    directWrite,
    TlsWrite: null,
    turns: new EventLoopTurns(),
  };
}

/** Both ends of a new connection: as the server has it, and as the client has it. */
export class Loopback {
  readonly #path: string | null;
  readonly #sockets: net.Socket[] = [];
  readonly #waiting: ((socket: net.Socket) => void)[] = [];
  readonly #accepted: net.Socket[] = [];
  #server: net.Server | null = null;

  /** @param path of a Unix socket; null: TCP */
  constructor(path: string | null = null) {
    this.#path = path;
  }

  async port(): Promise<number> {
    return (await this.address()).port;
  }

  /** Listens, and says where. */
  async address(): Promise<Address> {
    const path = this.#path;
    if (this.#server === null) {
      const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket));
      this.#server = server;
      await new Promise<void>((resolve) =>
        server.listen(path === null ? { port: 0, host: '127.0.0.1' } : { path }, resolve),
      );
    }
    const address = this.#server.address();
    return { host: '127.0.0.1', port: typeof address === 'string' ? 0 : (address?.port ?? 0), path };
  }

  async connect(): Promise<net.Socket> {
    const socket = net.connect({ ...connectOptions(await this.address()), allowHalfOpen: true, noDelay: true });
    this.#sockets.push(socket);
    await new Promise<void>((resolve, reject) => socket.once('error', reject).once('connect', resolve));
    return socket;
  }

  accepted(): Promise<net.Socket> {
    const socket = this.#accepted.shift();
    return socket === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(socket);
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    for (const socket of [...this.#sockets.splice(0), ...this.#accepted.splice(0)]) socket.destroy();
    if (server !== null) await new Promise((resolve) => server.close(resolve));
  }

  #accept(socket: net.Socket): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#accepted.push(socket);
    else waiting(socket);
  }
}

export function acceptedSockets(directWrite: boolean): ChannelKind {
  const shared = socketOptions(directWrite);
  return loopbackKind(`accepted socket, ${directWrite ? 'direct' : 'queued'} writes`, true, async (loopback, bytes) => {
    const far = await loopback.connect();
    const channel = adoptAccepted(await loopback.accepted(), { ...shared, writeBufferBytes: bytes });
    return { channel, peer: new StreamPeer(far) };
  });
}

export function dialedSockets(directWrite: boolean): ChannelKind {
  const shared = socketOptions(directWrite);
  return loopbackKind(`dialed socket, ${directWrite ? 'direct' : 'queued'} writes`, true, async (loopback, bytes) => {
    const channel = await dialed(loopback, { ...shared, writeBufferBytes: bytes });
    return { channel, peer: new StreamPeer(await loopback.accepted()) };
  });
}

/** A Unix socket, as a listener has it or as a dialer does. */
export function unixSockets(side: 'accepted' | 'dialed', directWrite: boolean): ChannelKind {
  const shared = socketOptions(directWrite);
  const name = `${side} Unix socket, ${directWrite ? 'direct' : 'queued'} writes`;
  const folder = mkdtempSync(join(tmpdir(), 'toyou-'));
  const kind = loopbackKind(
    name,
    true,
    async (loopback, bytes) => {
      const options = { ...shared, writeBufferBytes: bytes };
      if (side === 'dialed') {
        const channel = await dialed(loopback, options);
        return { channel, peer: new StreamPeer(await loopback.accepted(), undefined, resetOf(channel)) };
      }
      const far = await loopback.connect();
      const channel = adoptAccepted(await loopback.accepted(), options);
      return { channel, peer: new StreamPeer(far, undefined, resetOf(channel)) };
    },
    new Loopback(join(folder, 'socket')),
  );
  return {
    ...kind,
    resets: false,
    close: async () => {
      await kind.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A Unix socket is reset by a peer that closes with bytes unread: those that the channel's own socket sends here. */
function resetOf(channel: Channel): (peer: Duplex) => void {
  return (peer) => {
    assert.ok(channel instanceof SocketChannel);
    peer.pause();
    writeDirectly(channel.socket, Buffer.from('unread'), 0, 6);
    peer.destroy();
  };
}

async function dialed(loopback: Loopback, sockets: SocketOptions): Promise<Channel> {
  const address = await loopback.address();
  return new Promise<Channel>((dialConnected, dialFailed) => {
    socketDialer(sockets)(address, { dialConnected, dialFailed });
  });
}

export function wrappedSockets(): ChannelKind {
  return loopbackKind('wrapped socket', false, async (loopback, bytes) => {
    const far = await loopback.connect();
    return { channel: new StreamChannel(await loopback.accepted(), bytes), peer: new StreamPeer(far) };
  });
}

/** A connection under TLS, as a listener has it or as a dialer does. */
export function securedSockets(side: 'accepted' | 'dialed'): ChannelKind {
  return loopbackKind(`${side} socket under TLS`, false, async (loopback, bytes) => {
    const { folder, identity } = await stageCertificates();
    const client = await loopback.connect();
    const server = await loopback.accepted();
    const accepting = new tls.TLSSocket(server, { isServer: true, ...identity });
    const dialing = tls.connect({ socket: client, host: '127.0.0.1', ca: folder.authority.cert });
    await Promise.all([once(accepting, 'secure'), once(dialing, 'secureConnect')]);
    // Node's server says no end (close_notify) while its tickets are still on their way.
    await settled();
    const near = side === 'accepted' ? ([accepting, server] as const) : ([dialing, client] as const);
    const far = side === 'accepted' ? ([dialing, client] as const) : ([accepting, server] as const);
    return { channel: new TlsChannel(...near, bytes), peer: new StreamPeer(...far) };
  });
}

/** The same past Node's streams. */
export function directlySecuredSockets(side: 'accepted' | 'dialed'): ChannelKind {
  const shared = socketOptions(true);
  return loopbackKind(`${side} socket under TLS, direct`, true, async (loopback, bytes) => {
    const sockets = { ...shared, writeBufferBytes: bytes };
    const verdict = await testDirectTls(sockets, {});
    if (!verdict.works) throw new Error(verdict.reason);
    const pair = side === 'accepted' ? acceptDirectly : dialDirectly;
    return pair(loopback, { ...sockets, TlsWrite: verdict.TlsWrite });
  });
}

async function acceptDirectly(loopback: Loopback, sockets: SocketOptions): Promise<ChannelPair> {
  const { folder, identity } = await stageCertificates();
  const client = await loopback.connect();
  const handle = takeHandle(await loopback.accepted());
  const options = { secureContext: tls.createSecureContext(identity), plainAnswer: '' };
  const { channel } = openTlsOnHandle(handle, options, sockets);
  const dialing = tls.connect({ socket: client, host: '127.0.0.1', ca: folder.authority.cert });
  await once(dialing, 'secureConnect');
  await settled();
  return { channel, peer: new StreamPeer(dialing, client) };
}

async function dialDirectly(loopback: Loopback, sockets: SocketOptions): Promise<ChannelPair> {
  const { folder, identity } = await stageCertificates();
  const ca = folder.authority.cert;
  const client = new TlsClient({ host: '127.0.0.1', ca, verify: true, minVersion: 'TLSv1.2' });
  const port = await loopback.port();
  const dialed = new Promise<Channel>((dialConnected, dialFailed) => {
    socketDialer(sockets)({ host: '127.0.0.1', port, tls: client }, { dialConnected, dialFailed });
  });
  const server = await loopback.accepted();
  const accepting = new tls.TLSSocket(server, { isServer: true, ...identity });
  const channel = await dialed;
  await settled();
  return { channel, peer: new StreamPeer(accepting, server) };
}

export function wrappedDuplexes(): ChannelKind {
  return {
    name: 'wrapped duplex',
    resets: false,
    outlivesFailedWrites: false,
    forgetsAtDestroy: true,
    open: (writeBufferBytes = WRITE_BUFFER_BYTES) => {
      const [near, far] = PairedDuplex.pair();
      return Promise.resolve({ channel: new StreamChannel(near, writeBufferBytes), peer: new StreamPeer(far) });
    },
    settle: () => settled(),
    close: () => Promise.resolve(),
  };
}

function loopbackKind(
  name: string,
  outlivesFailedWrites: boolean,
  make: (loopback: Loopback, writeBufferBytes: number) => Promise<ChannelPair>,
  loopback = new Loopback(),
): ChannelKind {
  const pairs: ChannelPair[] = [];
  return {
    name,
    resets: true,
    outlivesFailedWrites,
    forgetsAtDestroy: true,
    open: async (writeBufferBytes = WRITE_BUFFER_BYTES) => {
      const pair = await make(loopback, writeBufferBytes);
      pairs.push(pair);
      return pair;
    },
    settle: () => settled(),
    close: async () => {
      for (const { channel, peer } of pairs.splice(0)) {
        channel.destroy();
        peer.close();
      }
      await loopback.close();
    },
  };
}
