import type { Channel } from '../../../src/channel/channel.js';
import { type LinkTraits, type MemoryChannel, memoryChannelPair } from '../../support/simulation/memory-channel.js';
import { SeededRandom } from '../../support/simulation/random.js';
import { SimulatedClock } from '../../support/simulation/simulated-clock.js';
import type { ChannelKind, Peer } from './channel-kind.js';
import { RecordingOwner } from './recording-owner.js';

/** Longer than anything is on its way. */
const SETTLED_MS = 10_000;

/** The simulation's channels, over links of these traits. */
export function memoryChannels(name: string, link: Partial<LinkTraits> = {}): ChannelKind {
  const clock = new SimulatedClock();
  const random = new SeededRandom(7);
  return {
    name: `memory, ${name}`,
    resets: true,
    outlivesFailedWrites: false,
    forgetsAtDestroy: true,
    open: (writeBufferBytes = 64 * 1024) => {
      const traits = { maxDelayMs: 5, maxChunkBytes: 1e12, capacityBytes: 100_000, ...link, writeBufferBytes };
      const [channel, far] = memoryChannelPair(clock, random, traits);
      return Promise.resolve({ channel, peer: new MemoryPeer(far) });
    },
    settle: async () => {
      await clock.runUntil(clock.nowMs() + SETTLED_MS);
    },
    close: () => Promise.resolve(),
  };
}

/** The other end of a memory channel: one too, in the hands of the test. */
class MemoryPeer implements Peer {
  readonly #channel: Channel & Pick<MemoryChannel, 'breakLink'>;
  readonly #owner = new RecordingOwner();

  constructor(channel: MemoryChannel) {
    this.#channel = channel;
    channel.owner = this.#owner;
    channel.resume();
  }

  get text(): string {
    return this.#owner.text;
  }

  get ended(): boolean {
    return this.#owner.count('end') > 0;
  }

  get broken(): boolean {
    return this.#owner.closeError instanceof Error;
  }

  send(bytes: string | Buffer): void {
    const sent = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
    this.#channel.write(sent, 0, sent.length);
  }

  end(): void {
    this.#channel.end();
  }

  cut(): void {
    this.#channel.destroy(true);
  }

  pause(): void {
    this.#channel.pause();
  }

  resume(): void {
    this.#channel.resume();
  }

  close(): void {
    this.#channel.destroy();
  }
}
