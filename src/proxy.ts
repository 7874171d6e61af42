import { randomBytes } from 'node:crypto';
import type { Channel } from './channel/channel.js';
import { Deadlines } from './channel/deadlines.js';
import type { Dialer } from './channel/dialer.js';
import { testDirectTls } from './channel/direct-tls-test.js';
import { testDirectWrite } from './channel/direct-write.js';
import { EventLoopTurns } from './channel/event-loop-turns.js';
import type { SocketOptions } from './channel/socket-channel.js';
import { socketDialer } from './channel/socket-dialer.js';
import { Clients } from './clients.js';
import type { Config } from './config/config.js';
import type { ClientEndpoint, ClientHost } from './connection/client-host.js';
import { type AskedRequest, type Decision, decideOn } from './decision.js';
import { type Clock, type Random, systemClock } from './exchange/clock.js';
import { Counters } from './exchange/counters.js';
import { type ProxyEvents, tellBoth } from './exchange/events.js';
import type { Exchange } from './exchange/exchange.js';
import type { Log } from './exchange/log.js';
import type { MiddlewareType } from './exchange/middleware.js';
import type { Outcome } from './exchange/outcome.js';
import { RequestIds } from './exchange/request-ids.js';
import type { MutableResponseHead } from './exchange/response-head.js';
import { type LongLived, LongLivedRoster } from './forwarder/long-lived.js';
import type { Certificates } from './listener/certificates.js';
import { defaultMaxConnections } from './listener/file-limit.js';
import { Listener, type ListenerOptions } from './listener/listener.js';
import { ListenerSet } from './listener/listener-set.js';
import { middlewareTypes } from './middleware/registry.js';
import { createCoreLog } from './observability/core-log.js';
import { Pipeline } from './pipeline.js';
import { type ReloadHost, type ReloadOptions, type ReloadResult, Reloads } from './reload.js';
import { buildRevision, type Revision } from './revision.js';
import { ServiceState } from './service/service-state.js';
import type { State } from './state.js';

/** After everything left was cut, for the last answers to leave. */
const CUT_MS = 500;
/** A head with the first bytes of its body. */
const JOIN_BUFFER_BYTES = 128 * 1024;

export interface ProxyOptions {
  readonly config: Config;
  readonly log: Log;
  /** Default: the built-in ones. */
  readonly middlewareTypes?: ReadonlyMap<string, MiddlewareType>;
  /** Told beside the core log. */
  readonly events?: ProxyEvents;
  /** For tests: time, chance and the network. */
  readonly clock?: Clock;
  readonly random?: Random;
  readonly dialer?: Dialer;
}

/** An address that is listened on. */
export interface Listening {
  readonly address: string;
  readonly port: number;
  readonly scheme: 'http' | 'https';
}

/** One running proxy. */
export class ReverseProxy implements ClientHost {
  readonly counters = new Counters();
  readonly deadlines: Deadlines;
  readonly pseudonym = `toyou-proxy-${randomBytes(4).toString('hex')}`;
  readonly #bind: string;
  readonly #state: State;
  readonly #sockets: SocketOptions;
  readonly #pipeline: Pipeline;
  readonly #reloads: Reloads;
  readonly #clients: Clients;
  readonly #defaultMaxConnections = defaultMaxConnections();
  readonly #ids = new RequestIds();
  readonly #listeners: ListenerSet;
  /** Of Revisions of before, until the last exchange that began with them has ended. */
  readonly #retiring = new Set<Promise<void>>();
  #revision: Revision;
  #listening = false;
  #draining = false;
  #drained: Promise<void> | null = null;

  /** @throws Error where the configuration names what cannot be built */
  constructor(options: ProxyOptions) {
    const { config, log } = options;
    const { read_buffer, write_buffer } = config.advanced.buffer_size;
    const clock = options.clock ?? systemClock;
    this.#bind = config.advanced.bind;
    this.#sockets = {
      readBuffer: Buffer.allocUnsafeSlow(read_buffer),
      joinBuffer: Buffer.allocUnsafeSlow(JOIN_BUFFER_BYTES),
      directWrite: false,
      TlsWrite: null,
      writeBufferBytes: write_buffer,
      turns: new EventLoopTurns(),
    };
    this.deadlines = new Deadlines(clock);
    const coreLog = createCoreLog(log, clock);
    this.#state = {
      clock,
      log,
      random: options.random ?? Math.random,
      deadlines: this.deadlines,
      dialer: options.dialer ?? socketDialer(this.#sockets),
      counters: this.counters,
      events: options.events === undefined ? coreLog : tellBoth(coreLog, options.events),
      pseudonym: this.pseudonym,
      serviceState: new ServiceState(),
      longLived: new LongLivedRoster(),
      nowMs: this.nowMs,
    };
    this.#pipeline = new Pipeline(this.#state);
    this.#clients = new Clients({
      connections: this,
      counters: this.counters,
      clock,
      awaitsProxyHeader: (peerAddress) => this.#revision.awaitsProxyHeader(peerAddress),
    });
    this.#listeners = new ListenerSet(
      (...listener) => this.#listenerFor(...listener),
      (channel, endpoint) => this.accept(channel, endpoint),
    );
    const parts = { state: this.#state, middlewareTypes: options.middlewareTypes ?? middlewareTypes };
    this.#revision = buildRevision(config, { ...parts, before: null });
    this.#state.serviceState.adopt(this.#revision.servicePlans);
    this.#state.longLived.orphaned = (one) => !this.#draining && this.#isOrphaned(one);
    this.#reloads = new Reloads(this.#reloadHost(parts));
  }

  /** The addresses that are listened on, with their actual ports. */
  get listeners(): readonly Listening[] {
    return [...this.#listeners].map(({ address, port, scheme }) => ({ address, port, scheme }));
  }

  get limits(): ClientHost['limits'] {
    return this.#revision.limits;
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** Opens all listeners, or none. @throws ListenError */
  async start(): Promise<void> {
    const directWrite = await testDirectWrite();
    this.#sockets.directWrite = directWrite.works;
    if (!directWrite.works)
      this.#state.log.write('info', 'running without the direct write', { reason: directWrite.reason });
    const directTls = await testDirectTls(this.#sockets);
    if (directTls.works) this.#sockets.TlsWrite = directTls.TlsWrite;
    else this.#state.log.write('info', 'running without direct TLS', { reason: directTls.reason });
    const { ports, certificates } = this.#revision;
    (await this.#listeners.prepare(ports, certificates)).commit();
    this.#listening = true;
  }

  /**
   * Goes over to another configuration while everything goes on. Never throws: where it fails, nothing changes and
   * the result says why. Calls at the same time take turns, and of those that wait only the last one is done.
   */
  reload(next: Config, options: ReloadOptions = {}): Promise<ReloadResult> {
    return this.#reloads.run(next, options);
  }

  /**
   * Ends in good order; resolves when no client connection is open. Calls after the first wait for the same end.
   * 1. for `shutdown_delay`: serves on, while whoever sends clients here learns that it should not
   * 2. takes no more connections; idle ones are closed, requests in flight finish
   * 3. event streams and tunnels are ended, evenly over half of `drain_timeout`: their clients come back one by one
   * 4. what is left after `drain_timeout` is cut
   */
  drain(): Promise<void> {
    this.#drained ??= this.#drain();
    return this.#drained;
  }

  async #drain(): Promise<void> {
    const { drain_timeout: drainTimeoutMs, shutdown_delay: delayMs } = this.#revision.config.advanced.timeout;
    this.#draining = true;
    if (delayMs > 0) await this.#passed(delayMs); // 1
    this.#listeners.close(); // 2
    this.#clients.drain();
    const { clock, longLived } = this.#state;
    longLived.drainAll(drainTimeoutMs / 2, clock, () => this.#clients.size > 0); // 3
    if (await this.#clients.emptied(drainTimeoutMs)) return;
    this.#cutAll(); // 4
    await this.#clients.emptied(CUT_MS);
  }

  /** Ends everything at once. Idempotent. */
  async stop(): Promise<void> {
    this.#draining = true;
    this.#listeners.close();
    this.#cutAll();
    this.#clients.destroy();
    await this.#clients.emptied(CUT_MS);
    for (const backend of this.#state.serviceState) backend.pool.closeIdle();
    this.deadlines.stop();
    this.#retire(this.#revision.middlewares);
    await Promise.race([Promise.all(this.#retiring), this.#passed(CUT_MS)]);
  }

  /** Serves a client over a channel that was made elsewhere. */
  accept(channel: Channel, endpoint: ClientEndpoint): void {
    this.#clients.accept(channel, endpoint);
  }

  /** What would become of a request, were it sent now. Sends nothing, and needs no `start()`. */
  explain(request: AskedRequest): Decision {
    return decideOn(request, this.#revision);
  }

  readonly nowMs = (): number => this.#state.clock.nowMs();

  nextTurn(run: () => void): void {
    this.#sockets.turns.next(run, undefined);
  }

  newId(): string {
    return this.#ids.next();
  }

  handle(exchange: Parameters<ClientHost['handle']>[0]): void {
    this.#pipeline.handle(exchange, this.#revision);
  }

  requestRefused(refusal: Parameters<ClientHost['requestRefused']>[0]): void {
    this.#state.events.requestRefused(refusal);
  }

  // Not by a spread, which makes an array of the arguments: these come with each exchange.
  response(exchange: Exchange, head: MutableResponseHead, then: () => void): void {
    this.#pipeline.response(exchange, head, then);
  }

  ended(exchange: Exchange, outcome: Outcome): void {
    this.#pipeline.ended(exchange, outcome);
  }

  #listenerFor(port: number, accepted: ListenerOptions['accepted'], certificates: Certificates | null): Listener {
    return new Listener({
      bind: this.#bind,
      port,
      sockets: this.#sockets,
      wanted: () => {
        const limit = this.#revision.config.advanced.max_connections ?? this.#defaultMaxConnections;
        if (this.counters.clientConnections < limit) return true;
        this.#state.events.connectionRefused(port, limit);
        return false;
      },
      accepted,
      certificates,
      awaitsProxyHeader: (peerAddress) => this.#revision.awaitsProxyHeader(peerAddress),
      handshakeFailed: (failure) => this.#state.events.handshakeFailed?.(failure),
      ipv6Missing: () => this.#state.log.write('warn', 'no IPv6 here: listening on 0.0.0.0', { port }),
    });
  }

  #reloadHost(parts: Pick<ReloadHost, 'state' | 'middlewareTypes'>): ReloadHost {
    return {
      ...parts,
      listeners: this.#listeners,
      listening: () => this.#listening,
      draining: () => this.#draining,
      present: () => this.#revision,
      use: (revision) => this.#use(revision),
      drainPort: (port) => this.#clients.drain(port),
    };
  }

  #use(revision: Revision): void {
    const before = this.#revision;
    this.#revision = revision;
    this.#sockets.writeBufferBytes = revision.config.advanced.buffer_size.write_buffer;
    this.#state.serviceState.adopt(revision.servicePlans);
    this.#retire(before.middlewares);
  }

  #retire(middlewares: Revision['middlewares']): void {
    const retired = middlewares.retire();
    this.#retiring.add(retired);
    void retired.then(() => this.#retiring.delete(retired));
  }

  #isOrphaned(one: LongLived): boolean {
    return this.#revision.config.advanced.reload.removed === 'drain' && !this.#revision.keeps(one);
  }

  #cutAll(): void {
    for (const one of [...this.#state.longLived]) one.cut();
    this.#clients.cut();
  }

  #passed(ms: number): Promise<void> {
    return new Promise((resolve) => this.#state.clock.after(ms, resolve));
  }
}

/** Makes a proxy; nothing is opened before `start()`. @throws Error where the configuration cannot be built */
export function createProxy(options: ProxyOptions): ReverseProxy {
  return new ReverseProxy(options);
}
