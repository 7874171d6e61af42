import type net from 'node:net';
import tls from 'node:tls';
import type { Channel } from './channel.js';
import { DirectTlsChannel } from './direct-tls-channel.js';
import { discardPlain, type PlainHandle, writePlain } from './plain-on-tls.js';
import type { AcceptedHandle } from './relay-socket.js';
import type { SocketOptions } from './socket-channel.js';
import { TlsChannel } from './tls-channel.js';
import { tcpHandleBelow } from './tls-insides.js';
import { TlsSource } from './tls-source.js';

/** A connection whose client is to speak TLS: the handshake is the time before the channel's first chunk. */
export interface OpenedTls {
  readonly secure: tls.TLSSocket;
  readonly channel: Channel;
}

/** What a listener gives for the server's side of a handshake. */
export type TlsServerOptions = Pick<
  tls.TLSSocketOptions,
  'secureContext' | 'SNICallback' | 'requestCert' | 'rejectUnauthorized' | 'ALPNProtocols'
> & {
  /** Instead of a certificate. */
  readonly pskCallback?: (() => Buffer) | undefined;
  /** Told to clients that speak plain HTTP. */
  readonly plainAnswer: string;
};

/** @param raw must allow half-open; may hold bytes that were read and put back */
export function openTlsOnSocket(raw: net.Socket, options: TlsServerOptions, writeBufferBytes: number): OpenedTls {
  const secure = new ClientTlsSocket(raw, { ...options, isServer: true });
  return { secure, channel: new TlsChannel(secure, raw, writeBufferBytes) };
}

/** Only where {@link SocketOptions.TlsWrite} is known. The handle is that of a connection that nobody has read. */
export function openTlsOnHandle(handle: AcceptedHandle, options: TlsServerOptions, sockets: SocketOptions): OpenedTls {
  const source = new TlsSource(sockets.readBuffer);
  // Each by its name: a copy of an object that gains properties is slow to make and to read.
  const secure = new ClientTlsSocket(undefined, {
    isServer: true,
    allowHalfOpen: true,
    onread: source,
    accepted: handle,
    plainAnswer: options.plainAnswer,
    secureContext: options.secureContext,
    SNICallback: options.SNICallback,
    pskCallback: options.pskCallback,
    requestCert: options.requestCert,
    rejectUnauthorized: options.rejectUnauthorized,
    ALPNProtocols: options.ALPNProtocols,
  });
  if (tcpHandleBelow(secure) !== handle) throw new Error('this Node takes no handle for TLS');
  return { secure, channel: new DirectTlsChannel(secure, source, sockets) };
}

/** What TLSSocket of Node does with a handle that it was given, or makes; not documented. */
interface Wrapping {
  _wrapHandle(raw: net.Socket | null, handle: AcceptedHandle | null | undefined, writing: boolean): unknown;
}

type ClientTlsOptions = TlsServerOptions & {
  readonly isServer: true;
  readonly allowHalfOpen?: true;
  readonly onread?: TlsSource;
  readonly accepted?: AcceptedHandle;
};

/** The server's side of a connection. Built on a handle there is no other socket below it: half of what it costs. */
class ClientTlsSocket extends tls.TLSSocket {
  readonly #raw: net.Socket | null;
  readonly #plainAnswer: string;

  constructor(raw: net.Socket | undefined, options: ClientTlsOptions) {
    super(raw as net.Socket, options);
    this.#raw = raw ?? null;
    this.#plainAnswer = options.plainAnswer;
    // Node takes one without a socket below for one that is to be connected.
    if (raw === undefined) (this as { connecting: boolean }).connecting = false;
  }

  /** Called by Node's constructor. */
  _wrapHandle(raw: net.Socket | null, handle: AcceptedHandle | null | undefined, writing: boolean): unknown {
    const { accepted } = (this as unknown as { _tlsOptions: ClientTlsOptions })._tlsOptions;
    return nodes._wrapHandle.call(this, raw, handle ?? accepted, writing);
  }

  /** Tells a client that speaks plain HTTP what it does wrong. */
  override _destroy(error: (Error & { code?: string }) | null, done: (error?: Error | null) => void): void {
    const destroy = (): void => super._destroy(error, done);
    if (error?.code !== 'ERR_SSL_HTTP_REQUEST') {
      destroy();
    } else if (this.#raw === null) {
      const handle: PlainHandle | null = tcpHandleBelow(this);
      writePlain(handle, this.#plainAnswer);
      discardPlain(handle, destroy);
    } else if (this.#raw.writable) {
      const { _handle: handle = null } = this.#raw as unknown as { readonly _handle?: PlainHandle | null };
      this.#raw.end(this.#plainAnswer, () => discardPlain(handle, destroy));
    } else {
      destroy();
    }
  }
}

const nodes = tls.TLSSocket.prototype as unknown as Wrapping;
