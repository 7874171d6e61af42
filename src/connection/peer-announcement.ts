import type { Channel, ChannelOwner } from '../channel/channel.js';
import type { Sweepable } from '../channel/deadlines.js';
import { LingeringClose } from '../channel/lingering-close.js';
import { ProxyError } from '../exchange/proxy-error.js';
import { OFF_ROSTER } from '../exchange/roster.js';
import { ProxyHeaderReader } from '../protocol/proxy-protocol/proxy-header-reader.js';
import type { ClientEndpoint, ClientHost } from './client-host.js';

/** Whoever goes on with the connection, or without it. */
export interface AnnouncementListener {
  /** The channel is free for its next owner, who finds what came behind the header. */
  announced(endpoint: ClientEndpoint): void;
  /** The channel is closed, and nobody was announced. */
  closed(): void;
}

/**
 * Owns the channel of a trusted peer until the peer has said on whose behalf it connects: with a PROXY header, before
 * anything else and within the time for a request head. Where it does not, the connection is closed and that is
 * logged: nobody would know whose request it is.
 */
export class PeerAnnouncement implements ChannelOwner, Sweepable {
  sweepPlace = OFF_ROSTER;
  openPlace = OFF_ROSTER;
  readonly channel: Channel;
  readonly #endpoint: ClientEndpoint;
  readonly #host: Pick<ClientHost, 'deadlines' | 'limits' | 'newId' | 'requestRefused'>;
  readonly #listener: AnnouncementListener;
  readonly #reader = new ProxyHeaderReader();
  readonly #deadlineMs: number;
  #done = false;

  constructor(
    channel: Channel,
    endpoint: ClientEndpoint,
    host: Pick<ClientHost, 'deadlines' | 'limits' | 'newId' | 'requestRefused'>,
    listener: AnnouncementListener,
  ) {
    this.channel = channel;
    this.#endpoint = endpoint;
    this.#host = host;
    this.#listener = listener;
    this.#deadlineMs = host.deadlines.nowMs + host.limits.headerTimeoutMs;
    host.deadlines.add(this);
    channel.owner = this;
    channel.resume();
  }

  get listenerPort(): number {
    return this.#endpoint.listenerPort;
  }

  /** Nothing was asked on it yet. */
  drain(): void {
    this.#host.deadlines.delete(this);
    new LingeringClose(this.channel, this.#host.deadlines, () => this.#listener.closed());
  }

  cut(): void {
    this.channel.destroy();
  }

  onChunk(bytes: Buffer, from: number, to: number): number {
    if (this.#done) return 0;
    let end: number;
    try {
      end = this.#reader.read(bytes, from, to);
    } catch (error) {
      this.#refuse(ProxyError.fromProtocol(error));
      return to - from;
    }
    if (end < 0) return to - from;
    this.#done = true;
    this.#host.deadlines.delete(this);
    const { client } = this.#reader;
    const named = client === null ? {} : { peerAddress: client.address, peerPort: client.port };
    this.#listener.announced({ ...this.#endpoint, ...named });
    return end - from;
  }

  /** One that connects and leaves, as checks of health do, is nothing to tell of. */
  onEnd(): void {
    if (this.#done) return;
    if (this.#reader.started) this.#refuse(new ProxyError('bad-proxy-header', 'the connection ended inside it'));
    else this.channel.destroy();
  }

  onWritable(): void {}

  onWriteFailed(): void {}

  onClose(): void {
    this.#host.deadlines.delete(this);
    this.#listener.closed();
  }

  sweep(nowMs: number): void {
    if (nowMs >= this.#deadlineMs) this.#refuse(new ProxyError('proxy-header-timeout'));
  }

  /** Without an answer: what the peer speaks is not known. */
  #refuse(error: ProxyError): void {
    const { peerAddress, peerPort, listenerPort } = this.#endpoint;
    this.#host.deadlines.delete(this);
    this.#host.requestRefused({
      id: this.#host.newId(),
      peerAddress,
      port: peerPort,
      listenerPort,
      error,
      status: 0,
    });
    this.channel.destroy();
  }
}
