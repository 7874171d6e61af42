import type { Dialer } from '../../../src/channel/dialer.js';
import { type MemoryChannel, memoryChannelPair } from './memory-channel.js';
import type { SeededRandom } from './random.js';
import type { ServiceRequest } from './service-client.js';
import { NAME, NAMED_HOSTS, type ServiceSetting } from './service-config.js';
import type { SimulatedClock } from './simulated-clock.js';
import { type MachineRecord, SimulatedMachine, troubles } from './simulated-machine.js';

/** Troubles, reloads, operators and clients come up to then. */
export const TROUBLE_MS = 25_000;
const LONGEST_SPELL_MS = 8000;

/** What is around a proxy: the machines of its backends, the ways there, and who knows their names. */
export class ServiceWorld {
  readonly record: MachineRecord = { faults: [], begun: new Set(), peers: [], moody: true };
  readonly #clock: SimulatedClock;
  readonly #random: SeededRandom;
  readonly #machines: ReadonlyMap<string, SimulatedMachine>;
  /** By request: the backends that its head was written to. */
  readonly #written = new Map<string, { readonly request: ServiceRequest; readonly hosts: string[] }>();
  #named: readonly string[] = NAMED_HOSTS.slice(0, 1);

  constructor(setting: ServiceSetting, clock: SimulatedClock, random: SeededRandom) {
    this.#clock = clock;
    this.#random = random;
    const hosts = [...setting.hosts.filter((host) => host !== NAME), ...NAMED_HOSTS];
    this.#machines = new Map(hosts.map((host) => [host, new SimulatedMachine(host, this.record, clock, random)]));
  }

  get machines(): Iterable<SimulatedMachine> {
    return this.#machines.values();
  }

  /** Requests that were written to several backends. */
  get retries(): number {
    return [...this.#written.values()].filter(({ hosts }) => new Set(hosts).size > 1).length;
  }

  /** A client is about to send it. */
  expect(request: ServiceRequest): void {
    this.#written.set(request.id, { request, hosts: [] });
  }

  /** From now on all is well. */
  calmDown(): void {
    this.record.moody = false;
    for (const machine of this.#machines.values()) machine.become('well', false);
    if (this.#named.length === 0) this.#named = NAMED_HOSTS.slice(1);
  }

  makeTrouble(): void {
    const random = this.#random;
    for (const machine of this.#machines.values()) {
      for (let spells = random.integer(0, 5); spells > 0; spells--) {
        this.#clock.after(random.integer(0, TROUBLE_MS - LONGEST_SPELL_MS), () => {
          machine.become(random.pick(troubles), random.chance(0.4));
          this.#clock.after(random.integer(200, LONGEST_SPELL_MS), () => machine.become('well', random.chance(0.3)));
        });
      }
    }
    for (let count = random.integer(0, 4); count > 0; count--) {
      this.#clock.after(random.integer(0, TROUBLE_MS), () => {
        const some = NAMED_HOSTS.filter(() => random.chance(0.6));
        this.#named = random.chance(0.1) ? [] : some.length === 0 ? this.#named : some;
      });
    }
  }

  resolve(): Promise<readonly string[]> {
    const random = this.#random;
    return new Promise((resolve, reject) => {
      this.#clock.after(random.chance(0.1) ? 7000 : random.integer(0, 300), () => {
        if (random.chance(0.1)) reject(new Error('ENOTFOUND'));
        else resolve(this.#named);
      });
    });
  }

  link(): [MemoryChannel, MemoryChannel] {
    const random = this.#random;
    return memoryChannelPair(this.#clock, random, {
      maxDelayMs: random.pick([0, 1, 20]),
      maxChunkBytes: random.pick([200, 5000, 100_000]),
      capacityBytes: random.pick([4096, 65_536]),
      writeBufferBytes: random.pick([4096, 65_536]),
    });
  }

  dialer(): Dialer {
    const random = this.#random;
    return ({ host }, listener) => {
      let given = false;
      const machine = this.#machines.get(host === NAME ? (this.#named[0] ?? NAMED_HOSTS[0]) : host);
      this.#clock.after(random.integer(0, 50), () => {
        if (given || machine === undefined || machine.mode === 'dead') return;
        given = true;
        if (machine.mode === 'refusing') {
          listener.dialFailed(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
          return;
        }
        const [near, far] = this.link();
        this.#watchHeads(near, host);
        machine.serve(far);
        listener.dialConnected(near);
      });
      return () => {
        given = true;
      };
    };
  }

  /** What was written counts, whether or not it arrives. */
  #watchHeads(channel: MemoryChannel, host: string): void {
    const writeText = channel.writeText.bind(channel);
    channel.writeText = (text, ...bytes) => {
      const id = /^X-Plan: (.*)\r$/im.exec(text)?.[1];
      if (id !== undefined) this.#written.get(id)?.hosts.push(host);
      return writeText(text, ...bytes);
    };
  }

  faults(): string[] {
    const peers = this.record.peers.flatMap(({ faults }) => faults);
    const repeated = [...this.#written.values()]
      .filter(({ request: { method }, hosts }) => hosts.length > (method === 'POST' ? 1 : 5))
      .map(({ request: { id, method }, hosts }) => `${method} ${id} was written to ${hosts.join(', ')}`);
    return [...this.record.faults, ...peers, ...repeated];
  }
}
