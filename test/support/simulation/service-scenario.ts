import type { Config } from '../../../src/config/config.js';
import type { ProxyEvents } from '../../../src/exchange/events.js';
import { silentLog } from '../../../src/exchange/log.js';
import type { BackendOrder } from '../../../src/exchange/service-view.js';
import { createProxy, type ReverseProxy } from '../../../src/proxy.js';
import type { BackendModel } from './backend-model.js';
import { SeededRandom } from './random.js';
import { drawRequest, type ServiceAnswer, ServiceClient, type ServiceRequest } from './service-client.js';
import { drawConfig, drawSetting, NAMED_HOSTS, type ServiceSetting } from './service-config.js';
import { ServiceJudge } from './service-judge.js';
import { watchServices } from './service-watch.js';
import { ServiceWorld, TROUBLE_MS } from './service-world.js';
import { SimulatedClock } from './simulated-clock.js';

/** All that began in trouble is over by then. */
const LAST_MS = 300_000;
/** And after so long who was taken out may be tried again: 10 times the longest `retry_after`. */
const CALM_MS = 21_000;
/** So many requests, and every backend has had one: by the least weight of all with a chance of 1 to 10^8. */
const MOST_REQUESTS = 400;

export interface ServiceScenarioReport {
  readonly faults: readonly string[];
  readonly answered: number;
  readonly failed: number;
  /** What backends became. */
  readonly told: ReadonlySet<string>;
  /** Requests that were written to several backends. */
  readonly retries: number;
  /** How often somebody waited for room. */
  readonly waits: number;
}

/** Runs one seeded scenario of a service whose backends fail, are reloaded and are changed, and then are well again. */
export async function runServiceScenario(seed: number): Promise<ServiceScenarioReport> {
  const scenario = new ServiceScenario(seed);
  const forget = watchServices(scenario.judge);
  try {
    await scenario.run();
  } finally {
    forget();
  }
  return scenario.report();
}

class ServiceScenario {
  readonly #random: SeededRandom;
  readonly #clock = new SimulatedClock(1);
  readonly #setting: ServiceSetting;
  readonly #world: ServiceWorld;
  readonly judge: ServiceJudge;
  readonly #clients: ServiceClient[] = [];
  readonly #answers: ServiceAnswer[] = [];
  readonly #cookies = new Map<string, string>();
  readonly #told = new Set<string>();
  readonly #faults: string[] = [];
  #people = 0;

  constructor(seed: number) {
    const random = new SeededRandom(seed);
    this.#random = random;
    this.#setting = drawSetting(random);
    this.#world = new ServiceWorld(this.#setting, this.#clock, random);
    this.judge = new ServiceJudge(this.#clock, this.#setting.dialTimeoutMs, this.#world.record.begun);
  }

  async run(): Promise<void> {
    const random = this.#random;
    const proxy = createProxy({
      config: drawConfig(random, this.#setting, random.chance(0.3)),
      log: silentLog,
      clock: this.#clock,
      random: random.next,
      dialer: this.#world.dialer(),
      resolver: () => this.#world.resolve(),
      events: this.#listener(),
    });
    await proxy.start();
    this.#world.makeTrouble();
    this.#reloadSometimes(proxy);
    this.#overrideSometimes(proxy);
    for (let count = random.integer(3, 15); count > 0; count--) {
      this.#clock.after(random.integer(0, TROUBLE_MS), () => this.#client(proxy, random.integer(1, 8)));
    }
    await this.#pass(TROUBLE_MS);
    await this.#calmDown(proxy);
    await this.#stop(proxy);
  }

  report(): ServiceScenarioReport {
    return {
      faults: [...this.#faults, ...this.judge.faults, ...this.#world.faults()],
      answered: this.#answers.filter(({ machine, status }) => machine !== null || status === 101).length,
      failed: this.#answers.filter(({ status }) => status >= 500).length,
      told: this.#told,
      retries: this.#world.retries,
      waits: this.judge.waits,
    };
  }

  // ── what happens ──

  #reloadSometimes(proxy: ReverseProxy): void {
    const random = this.#random;
    for (let count = random.integer(0, 4); count > 0; count--) {
      const config = drawConfig(random, this.#setting, random.chance(0.2));
      this.#clock.after(random.integer(0, TROUBLE_MS), () => void this.#reload(proxy, config));
    }
  }

  async #reload(proxy: ReverseProxy, config: Config): Promise<void> {
    const result = await proxy.reload(config);
    if (!result.ok && result.reason !== 'superseded') this.#faults.push(`reload: ${result.message}`);
  }

  #overrideSometimes(proxy: ReverseProxy): void {
    const random = this.#random;
    for (let count = random.integer(0, 4); count > 0; count--) {
      const word = `http://${random.pick(this.#setting.hosts)}:80`;
      const active = random.pick([true, false, null, undefined]);
      const weight = random.pick([0, 1, 3, null, undefined]);
      const order = { ...(active !== undefined && { active }), ...(weight !== undefined && { weight }) };
      this.#clock.after(random.integer(0, TROUBLE_MS), () => this.#override(proxy, word, order));
    }
  }

  #override(proxy: ReverseProxy, url: string, order: BackendOrder): void {
    if (!proxy.wings.services().some(({ backends }) => backends.some((backend) => backend.url === url))) return;
    this.judge.overridden(url, order);
    proxy.wings.changeBackends('app', url, order);
  }

  #client(proxy: ReverseProxy, requests: number): void {
    const person = ++this.#people;
    const own = Array.from({ length: requests }, (_, index) => drawRequest(`${person}-${index}`, this.#random));
    this.#serve(proxy, own);
  }

  #serve(proxy: ReverseProxy, requests: readonly ServiceRequest[]): ServiceClient {
    for (const request of requests) this.#world.expect(request);
    const peerAddress = `198.51.${this.#people >> 8}.${this.#people & 255}`;
    let port = 1000;
    const client = new ServiceClient(requests, {
      clock: this.#clock,
      random: this.#random,
      faults: this.#faults,
      connect: () => {
        const [near, far] = this.#world.link();
        proxy.accept(far, { peerAddress, peerPort: ++port, listenerPort: 0, scheme: 'http' });
        return near;
      },
      answered: (answer) => this.#answers.push(answer),
      cookieSet: (cookie, machine) => this.#cookieSet(peerAddress, cookie, machine),
      patient: !this.#world.record.moody,
    });
    this.#clients.push(client);
    return client;
  }

  /** Each cookie stands for one machine, for everybody. */
  #cookieSet(clientAddress: string, cookie: string, machine: string): void {
    // Before a name is resolved, any machine of the name answers.
    const named = NAMED_HOSTS.some((host) => host === machine);
    this.judge.cookieSet(clientAddress, named ? null : machine);
    if (named) return;
    const known = this.#cookies.get(cookie) ?? machine;
    this.#cookies.set(cookie, machine);
    if (known !== machine) this.#faults.push(`${machine} sets the cookie of ${known}`);
  }

  // ── the end ──

  async #calmDown(proxy: ReverseProxy): Promise<void> {
    this.#world.calmDown();
    const config = drawConfig(this.#random, this.#setting, true);
    await this.#reload(proxy, config);
    for (const host of this.#setting.hosts) this.#override(proxy, `http://${host}:80`, { active: null, weight: null });
    await this.#pass(LAST_MS, () => this.#clients.every(({ done }) => done));
    await this.#pass(this.#clock.nowMs() + CALM_MS);
    if (!this.#clients.every(({ done }) => done)) this.#faults.push('some clients have no end');
    await this.#useAll(proxy);
    await this.#seeReady(proxy, config.advanced.connection_pool.prewarm);
    await this.#pass(this.#clock.nowMs() + 1000);
    const { exchanges, leases, tunnels, upgrades, waiting } = proxy.counters;
    if (exchanges + leases + tunnels + upgrades + waiting > 0)
      this.#faults.push(`left open: ${JSON.stringify(proxy.counters.open())}`);
  }

  /** As many connections as are wanted idle everywhere, but for moments. */
  async #seeReady(proxy: ReverseProxy, wanted: number): Promise<void> {
    if (wanted === 0) return;
    const ready = new Set<string>();
    const views = () => proxy.wings.services().flatMap(({ backends }) => backends);
    await this.#pass(this.#clock.nowMs() + 2000, () => {
      for (const { address, connections } of views()) if (connections.idle >= wanted) ready.add(address);
      return views().every(({ address }) => ready.has(address));
    });
    for (const { address } of views()) if (!ready.has(address)) this.#faults.push(`${address} is not kept ready`);
  }

  /** Every backend gets work, and every request is served. */
  async #useAll(proxy: ReverseProxy): Promise<void> {
    // A late answer of the resolver may take addresses of its name away meanwhile.
    const isThere = ({ backend }: BackendModel) => this.#isPresent(proxy, backend.address.host);
    const before = new Map([...this.judge.present].filter(isThere).map((model) => [model, model.picks]));
    const unused = () => [...before].filter(([model, picks]) => model.picks === picks && isThere(model));
    for (let count = 0; count < MOST_REQUESTS && unused().length > 0; count++) {
      const id = `last-${++this.#people}`;
      const client = this.#serve(proxy, [{ id, method: 'GET', upgrade: false, bytes: 0 }]);
      const limitMs = this.#clock.nowMs() + 5000;
      await this.#pass(limitMs, () => client.done);
      const answer = this.#answers.find(({ request }) => request.id === id);
      if (answer?.status === 200) continue;
      this.#faults.push(`all is well, but ${id} got ${answer?.status ?? 'nothing'}`);
      return;
    }
    for (const [{ backend }] of unused()) this.#faults.push(`all is well, but ${backend.address.host} gets no work`);
  }

  #isPresent(proxy: ReverseProxy, host: string): boolean {
    return proxy.wings.services().some(({ backends }) => backends.some(({ address }) => address === `${host}:80`));
  }

  async #stop(proxy: ReverseProxy): Promise<void> {
    await this.#clock.runWhile(proxy.stop(), 5000);
    await this.#clock.runUntil(this.#clock.nowMs() + 3_600_000);
    this.judge.look();
    const open = proxy.counters.open();
    if (Object.keys(open).length > 0) this.#faults.push(`open behind the end: ${JSON.stringify(open)}`);
    if (proxy.deadlines.size > 0) this.#faults.push(`left on the timer: ${proxy.deadlines.size}`);
    if (this.#clock.pending > 0) this.#faults.push(`${this.#clock.pending} timers go on behind the end`);
    for (const { host, open: left } of this.#world.machines)
      if (left > 0) this.#faults.push(`${left} connections to ${host} are open behind the end`);
  }

  async #pass(untilMs: number, done = () => false): Promise<void> {
    await this.#clock.runUntil(untilMs, () => {
      this.judge.look();
      return done();
    });
  }

  // ── the surroundings ──

  #listener(): ProxyEvents {
    return {
      requestRefused: ({ error }) => this.#faults.push(`refused: ${error.code}`),
      exchangeEnded: (exchange, outcome) => this.judge.exchangeEnded(exchange, outcome),
      tunnelOpened: () => {},
      tunnelClosed: () => {},
      connectionRefused: () => {},
      backendChanged: (change) => {
        this.#told.add(change.became);
        this.judge.backendChanged(change);
      },
    };
  }
}
