import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Config } from '../../src/config/config.js';
import { loadConfigText } from '../../src/config/load-config.js';
import type { BackendChange } from '../../src/exchange/backend-change.js';
import type { ProxyEvents, TunnelReport } from '../../src/exchange/events.js';
import type { Exchange } from '../../src/exchange/exchange.js';
import type { OpenConnection } from '../../src/exchange/open-connection.js';
import type { Outcome } from '../../src/exchange/outcome.js';
import { middlewareTypes } from '../../src/middleware/registry.js';
import type { ProxyOptions } from '../../src/options.js';
import { createProxy, type ReverseProxy } from '../../src/proxy.js';
import type { ReloadOptions, ReloadResult } from '../../src/reload.js';
import type { FaultProxy } from './faults/fault-proxy.js';
import { notThroughLinks } from './faults/not-through-links.js';
import { linksBefore, throughLinks } from './faults/test-links.js';
import { ManualClock } from './manual-clock.js';
import { RawBackend } from './raw-backend.js';
import { RawPeer } from './raw-peer.js';
import type { RawResponse } from './raw-response.js';
import { type RecordedRequest, RecordingBackend } from './recording-backend.js';
import { RecordingLog } from './recording-log.js';
import { StrictBackend } from './strict-backend.js';
import { tlsExclusions } from './tls-exclusions.js';
import { stageCertificates, tlsVariant } from './tls-variant.js';
import { settled, until } from './turns.js';

type Keys = Readonly<Record<string, unknown>>;

/** Keys of a configuration. What is not given: one service `api` of these backends, for every host and path. */
export interface Setup {
  readonly backends?: readonly { readonly url: string }[];
  /** More keys of the one route `/*`. */
  readonly route?: Keys;
  /** More keys of the service `api`. */
  readonly service?: Keys;
  readonly services?: Keys;
  readonly host_rules?: readonly Keys[];
  readonly middlewares?: readonly Keys[];
  readonly middleware_services?: readonly Keys[];
  readonly advanced?: Keys;
  /** Of the process: none of its own is seen. */
  readonly env?: NodeJS.ProcessEnv;
}

type Parts = Pick<Partial<ProxyOptions>, 'dialer' | 'random' | 'resolver' | 'middlewareTypes' | 'reloadFromFiles'>;

const SWEEP_MS = 250;
/** For what never gets to a backend. */
const NO_BACKENDS = [{ url: 'http://127.0.0.1:1' }];

/** Everything one test plays with: a proxy, backends and clients on real sockets, and a clock that stands still. */
export class Stage {
  readonly clock = new ManualClock();
  readonly log = new RecordingLog();
  /** Exchanges that ended, with their outcomes. */
  readonly ended: { readonly exchange: Exchange; readonly outcome: Outcome }[] = [];
  /** What was told of tunnels that closed, in order. */
  readonly tunnelReports: TunnelReport[] = [];
  /** What became of backends, in order. */
  readonly backendChanges: BackendChange[] = [];
  /** Tunnels that were opened, in order, as wings see them. */
  readonly openedTunnels: OpenConnection[] = [];
  readonly #backends: { close(): Promise<void> }[] = [];
  readonly #clients: RawPeer[] = [];
  #proxy: ReverseProxy | null = null;
  #links: FaultProxy | null = null;
  #types = middlewareTypes;

  get proxy(): ReverseProxy {
    assert.ok(this.#proxy !== null, 'the proxy was started');
    return this.#proxy;
  }

  /** Where clients connect. */
  get port(): number {
    return this.#links?.port ?? this.ownPort;
  }

  /** Where the proxy listens, behind what may stand before it. */
  get ownPort(): number {
    const [listening] = this.proxy.listeners;
    assert.ok(listening !== undefined, 'the proxy listens');
    return listening.port;
  }

  async backend(answer?: (request: RecordedRequest) => string | null): Promise<RecordingBackend> {
    const backend = await RecordingBackend.listen(answer);
    this.#backends.push(backend);
    return backend;
  }

  /** One that takes whatever could be read in two ways for a fault. */
  async strictBackend(answer?: Parameters<typeof StrictBackend.listen>[0]): Promise<StrictBackend> {
    const backend = await StrictBackend.listen(answer);
    this.#backends.push(backend);
    return backend;
  }

  /** One that speaks no TLS, in every run. */
  async plainBackend(): Promise<RawBackend> {
    const backend = await RawBackend.listen(() => {}, null);
    this.#backends.push(backend);
    return backend;
  }

  closesBehind(backend: { close(): Promise<void> }): void {
    this.#backends.push(backend);
  }

  async rawBackend(): Promise<RawBackend> {
    const backend = await RawBackend.listen();
    this.#backends.push(backend);
    return backend;
  }

  async start(setup: Setup, parts: Parts = {}): Promise<void> {
    this.#types = parts.middlewareTypes ?? middlewareTypes;
    const { clock, log } = this;
    this.#proxy = createProxy({ config: await this.#configOf(setup), log, clock, events: this.#events(), ...parts });
    await this.#proxy.start();
    if (this.#proxy.listeners.length > 0) this.#links = await linksBefore(this.ownPort);
    this.log.lines.length = 0; // what it says of itself, such as how it writes here
  }

  /** Has the proxy go over to other keys. */
  async reload(setup: Setup, options?: ReloadOptions): Promise<ReloadResult> {
    return this.proxy.reload(await this.#configOf(setup), options);
  }

  async client(port = this.port): Promise<RawPeer> {
    return this.#connected(await RawPeer.connect(port), port);
  }

  /** One that speaks no TLS, in every run. */
  async plainClient(): Promise<RawPeer> {
    return this.#connected(await RawPeer.connectPlain(this.port), this.port);
  }

  /** Where links stand between, they accept what the proxy does not know of yet: with it, too, it is connected. */
  async #connected(client: RawPeer, port: number): Promise<RawPeer> {
    this.#clients.push(client);
    if (port === this.#links?.port) await this.#links.reached(client.localPort);
    return client;
  }

  /** One request on a connection of its own, and its response. */
  async ask(request: string): Promise<RawResponse> {
    const client = await this.client();
    client.send(request);
    return client.takeResponse(request.split(' ')[0]);
  }

  /** Lets time pass as the sweep sees it, with whatever follows from it. */
  async pass(ms: number): Promise<void> {
    await settled();
    for (let passed = 0; passed < ms; passed += SWEEP_MS) {
      this.clock.advance(Math.min(SWEEP_MS, ms - passed));
      await settled(2);
    }
    await settled();
  }

  /** Waits for the exchange with this number to end: its outcome. */
  async outcome(index = 0): Promise<Outcome> {
    await until(() => this.ended.length > index, `the end of exchange ${index}`);
    return (this.ended[index] as { outcome: Outcome }).outcome;
  }

  /** Waits for a counter of what is open. */
  async open(counter: 'clientConnections' | 'backendConnections' | 'tunnels' | 'waiting' | 'exchanges', count: number) {
    await until(() => this.proxy.counters[counter] === count, `${count} ${counter}`);
  }

  /** Stops the proxy, whose clock must pass for it, and looks whether everything was given back. */
  async close(): Promise<void> {
    const proxy = this.#proxy;
    if (proxy !== null) {
      let stopped = false;
      const stopping = proxy.stop().then(() => {
        stopped = true;
      });
      while (!stopped) {
        await settled(2);
        this.clock.advance(10);
      }
      await stopping;
    }
    for (const client of this.#clients) client.destroy();
    for (const backend of this.#backends) await backend.close();
    await this.#links?.close();
    if (proxy !== null) assert.deepEqual(proxy.counters.open(), {});
  }

  async #configOf(setup: Setup): Promise<Config> {
    const options = { env: setup.env ?? {}, middlewareTypes: this.#types };
    const loaded = loadConfigText(JSON.stringify(await secured(configured(setup))), 'test.yaml', options);
    if (!loaded.ok) assert.fail(loaded.errors.map(({ path, message }) => `${path}: ${message}`).join('\n'));
    return loaded.config;
  }

  #events(): ProxyEvents {
    return {
      requestRefused: () => {},
      exchangeEnded: (exchange, outcome) => this.ended.push({ exchange, outcome }),
      tunnelOpened: (_exchange, tunnel) => this.openedTunnels.push(tunnel),
      tunnelClosed: (_exchange, _outcome, report) => this.tunnelReports.push(report),
      connectionRefused: () => {},
      backendChanged: (change) => this.backendChanges.push(change),
    };
  }
}

type Rules = readonly Keys[];

/** With `tls` on the sides that speak it in this run. */
async function secured(keys: Keys & { services: Keys; host_rules: Rules }): Promise<Keys> {
  if (!tlsVariant.in && !tlsVariant.out) return keys;
  const { folder, files } = await stageCertificates();
  const withCa = (service: unknown) => ({ tls: { ca: folder.caFile }, ...(service as Keys) });
  const services = Object.fromEntries(Object.entries(keys.services).map(([name, one]) => [name, withCa(one)]));
  return {
    ...keys,
    ...(tlsVariant.out ? { services } : {}),
    ...(tlsVariant.in ? { host_rules: keys.host_rules.map((rule) => ({ tls: files, ...rule })) } : {}),
  };
}

function configured(setup: Setup): Keys & { services: Keys; host_rules: Rules } {
  const {
    backends = NO_BACKENDS,
    route,
    service,
    services,
    host_rules,
    middlewares = [],
    middleware_services = [],
  } = setup;
  const routeRules = route === undefined ? [] : [{ pattern: '/*', target: 'api', ...route }];
  const api = { load_balancer: { backends: backends.map(({ url }) => ({ url })) }, ...service };
  return {
    services: services ?? { api },
    host_rules: host_rules ?? [{ pattern: '*', target: 'api', route_rules: routeRules }],
    middlewares,
    middleware_services,
    advanced: { port: 0, bind: '127.0.0.1', ...setup.advanced },
  };
}

/** One behaviour, in a test of its own. At its end every counter of what is open must be zero. */
export function behaviour(name: string, play: (stage: Stage) => Promise<void>): void {
  if (throughLinks && notThroughLinks[name] !== undefined) {
    console.log(`not through links: ${name}`);
    return;
  }
  if ((tlsVariant.in || tlsVariant.out) && tlsExclusions.has(name)) return;
  test(name, async () => {
    const stage = new Stage();
    try {
      await play(stage);
    } catch (failure) {
      await stage.close().catch(() => {});
      throw failure;
    }
    await stage.close();
  });
}
