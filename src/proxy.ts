import { randomBytes } from 'node:crypto';
import type { Channel } from './channel/channel.js';
import { Deadlines } from './channel/deadlines.js';
import { chooseWays } from './channel/direct-ways.js';
import type { SocketOptions } from './channel/socket-channel.js';
import { socketDialer } from './channel/socket-dialer.js';
import { sharedSocketOptions } from './channel/socket-options.js';
import { Clients } from './clients.js';
import type { Config } from './config/config.js';
import type { ClientEndpoint, ClientHost } from './connection/client-host.js';
import { type AskedRequest, type Decision, decideOn } from './decision.js';
import { systemClock } from './exchange/clock.js';
import { Counters } from './exchange/counters.js';
import type { Exchange } from './exchange/exchange.js';
import type { Outcome } from './exchange/outcome.js';
import { RequestIds } from './exchange/request-ids.js';
import type { MutableResponseHead } from './exchange/response-head.js';
import { TunnelNumbersTable } from './exchange/tunnel-numbers.js';
import type { Certificates } from './listener/certificates.js';
import { defaultMaxConnections } from './listener/file-limit.js';
import { Listener, type ListenerOptions } from './listener/listener.js';
import { ListenerSet } from './listener/listener-set.js';
import { middlewareTypes } from './middleware/registry.js';
import type { Listening, ProxyOptions } from './options.js';
import { Pipeline } from './pipeline.js';
import { type ReloadHost, type ReloadOptions, type ReloadResult, Reloads } from './reload.js';
import { buildRevision, type Revision } from './revision.js';
import { ServiceState } from './service/service-state.js';
import { createState, type State } from './state.js';
import { Upkeep } from './upkeep.js';
import { Wings, type WingsHost } from './wings.js';

/** After everything left was cut, for the last answers to leave. */
const CUT_MS = 500;

/** One running proxy. */
export class ReverseProxy implements ClientHost {
  readonly counters = new Counters();
  readonly tunnelNumbers = new TunnelNumbersTable();
  readonly deadlines: Deadlines;
  readonly pseudonym = `toyou-proxy-${randomBytes(4).toString('hex')}`;
  /** Beside the path: tracker, numbers, metrics, the admin API. */
  readonly wings: Wings;
  readonly #bind: string;
  readonly #options: ProxyOptions;
  readonly #state: State;
  readonly #sockets: SocketOptions;
  readonly #pipeline: Pipeline;
  readonly #reloads: Reloads;
  readonly #upkeep: Upkeep;
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
    this.#sockets = sharedSocketOptions(read_buffer, write_buffer);
    this.deadlines = new Deadlines(clock);
    const serviceState = new ServiceState();
    this.#options = options;
    const host = this.#wingsHost(serviceState);
    this.wings = new Wings({ log, clock, tunnels: this.tunnelNumbers, events: options.events, host });
    this.#state = createState(options, {
      clock,
      deadlines: this.deadlines,
      dialer: options.dialer ?? socketDialer(this.#sockets),
      counters: this.counters,
      events: this.wings.events,
      pseudonym: this.pseudonym,
      serviceState,
      tunnelNumbers: this.tunnelNumbers,
      nowMs: this.nowMs,
    });
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
    this.#state.longLived.unwanted = (one) => (this.#draining ? null : this.#upkeep.unwanted(one));
    this.#reloads = new Reloads(this.#reloadHost(parts));
    this.#upkeep = new Upkeep({
      state: this.#state,
      present: () => this.#revision,
      backendsRemoved: () => this.#reloads.drainRemoved(),
    });
    this.#upkeep.follow(this.#revision);
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

  /** Opens all listeners and the admin API, or none. @throws ListenError | AdminListenError | Error where it was stopped */
  async start(): Promise<void> {
    await chooseWays(this.#sockets, this.#state.log);
    const { ports, certificates, config } = this.#revision;
    const listeners = await this.#listeners.prepare(ports, certificates);
    try {
      const admin = await this.wings.admin.prepare(config.advanced.admin);
      if (this.#draining) {
        await admin.abort();
        throw new Error('the proxy was stopped while it started');
      }
      admin.commit();
    } catch (error) {
      listeners.abort();
      throw error;
    }
    listeners.commit();
    this.#listening = true;
    this.#upkeep.start();
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
    this.#options.drainBegun?.();
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
    this.#upkeep.stop();
    this.deadlines.stop();
    this.#retire(this.#revision.middlewares);
    await Promise.race([Promise.all(this.#retiring), this.#passed(CUT_MS)]);
    this.wings.close();
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

  #wingsHost(serviceState: ServiceState): WingsHost {
    return {
      counters: this.counters,
      serviceState,
      listening: () => this.#listening,
      draining: () => this.#draining,
      revision: () => this.#revision.number,
      services: () => this.#revision.forwarder.services.values(),
      reload: (dryRun) => this.#options.reloadFromFiles?.(dryRun) ?? null,
      drain: () => void this.drain(),
    };
  }

  #reloadHost(parts: Pick<ReloadHost, 'state' | 'middlewareTypes'>): ReloadHost {
    return {
      ...parts,
      listeners: this.#listeners,
      admin: this.wings.admin,
      listening: () => this.#listening,
      draining: () => this.#draining,
      present: () => this.#revision,
      use: (revision) => this.#use(revision),
      told: (result) => this.wings.numbers.reloads.count(result.ok ? result.outcome : result.reason),
      drainPort: (port) => this.#clients.drain(port),
    };
  }

  #use(revision: Revision): void {
    const before = this.#revision;
    this.#revision = revision;
    this.#sockets.writeBufferBytes = revision.config.advanced.buffer_size.write_buffer;
    this.#upkeep.follow(revision);
    this.#retire(before.middlewares);
  }

  #retire(middlewares: Revision['middlewares']): void {
    const retired = middlewares.retire();
    this.#retiring.add(retired);
    void retired.then(() => this.#retiring.delete(retired));
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
