import type { Clock } from '../../../src/exchange/clock.js';
import { MachineConnection } from './machine-connection.js';
import type { MemoryChannel } from './memory-channel.js';
import type { SeededRandom } from './random.js';
import type { TunnelPeer } from './tunnel-peer.js';

/** How a machine is: `dead` answers not even to a connection, `sick` answers, but tells its checks that it should not. */
export type MachineMode =
  | 'well'
  | 'sick'
  | 'refusing'
  | 'dead'
  | 'resetting'
  | 'silent'
  | 'garbage'
  | 'ending'
  | 'cutting';

export const troubles: readonly MachineMode[] = [
  ...(['sick', 'refusing', 'dead', 'resetting', 'silent', 'garbage', 'ending', 'cutting'] as const),
];

/** What all machines of a scenario saw, for the judges. */
export interface MachineRecord {
  readonly faults: string[];
  /** Requests of whose response a byte was sent. */
  readonly begun: Set<string>;
  readonly peers: TunnelPeer[];
  /** False: idle connections are kept, answers come soon. */
  moody: boolean;
}

/** One address with a server on it, which behaves as its mode says. */
export class SimulatedMachine {
  readonly host: string;
  mode: MachineMode = 'well';
  readonly #record: MachineRecord;
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  readonly #channels = new Set<MemoryChannel>();

  constructor(host: string, record: MachineRecord, clock: Clock, random: SeededRandom) {
    this.host = host;
    this.#record = record;
    this.#clock = clock;
    this.#random = random;
  }

  get open(): number {
    return this.#channels.size;
  }

  serve(channel: MemoryChannel): void {
    this.#channels.add(channel);
    const parts = { record: this.#record, clock: this.#clock, random: this.#random };
    new MachineConnection(channel, this, { ...parts, closed: () => this.#channels.delete(channel) });
  }

  /** Begins to behave in another way. @param dies whatever is open is lost */
  become(mode: MachineMode, dies: boolean): void {
    this.mode = mode;
    if (dies) for (const channel of [...this.#channels]) channel.breakLink();
  }
}
