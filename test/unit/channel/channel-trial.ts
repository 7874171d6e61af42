import assert from 'node:assert/strict';
import type { Channel } from '../../../src/channel/channel.js';
import type { ChannelKind, ChannelPair } from './channel-kind.js';
import { own, RecordingOwner } from './recording-owner.js';

const MANY_SETTLINGS = 500;

/** The rules of the contract, by their names. */
export type ChannelRules = Readonly<Record<string, (trial: ChannelTrial) => Promise<void>>>;

/** One rule being tried: opens channels, waits for what follows, and judges every owner at the end. */
export class ChannelTrial {
  readonly kind: ChannelKind;
  readonly #pairs: ChannelPair[] = [];
  readonly #owners: RecordingOwner[] = [];

  constructor(kind: ChannelKind) {
    this.kind = kind;
  }

  /** A channel that is paused, with an owner. */
  async paused(parts: Partial<Pick<RecordingOwner, 'taking' | 'inside'>> = {}, writeBufferBytes?: number) {
    const { channel, peer } = await this.kind.open(writeBufferBytes);
    this.#pairs.push({ channel, peer });
    const owner = new RecordingOwner(parts);
    this.#owners.push(owner);
    channel.owner = owner;
    return { channel, peer, owner };
  }

  /** A channel that is being read. */
  async reading(parts: Partial<Pick<RecordingOwner, 'taking' | 'inside'>> = {}, writeBufferBytes?: number) {
    const pair = await this.paused(parts, writeBufferBytes);
    pair.channel.resume();
    return pair;
  }

  /** Gives the channel to another owner, who reads. */
  giveTo(channel: Channel, parts: Partial<Pick<RecordingOwner, 'taking' | 'inside'>> = {}): RecordingOwner {
    const owner = own(channel, parts);
    this.#owners.push(owner);
    return owner;
  }

  settle(): Promise<void> {
    return this.kind.settle();
  }

  async until(condition: () => boolean, what: string): Promise<void> {
    for (let count = 0; !condition(); count++) {
      if (count === MANY_SETTLINGS) assert.fail(`never happened: ${what}`);
      await this.settle();
    }
  }

  /** Writes until the channel is congested. Returns what was written. */
  congest(channel: Channel, chunk = Buffer.alloc(32 * 1024, 'c')): string {
    let count = 1;
    while (channel.write(chunk, 0, chunk.length)) {
      if (++count > 10_000) assert.fail('never congested');
    }
    return chunk.toString('latin1').repeat(count);
  }

  async end(): Promise<void> {
    for (const { channel, peer } of this.#pairs) {
      channel.destroy();
      peer.close();
    }
    await this.until(() => this.#pairs.every(({ channel }) => channel.closed), 'every channel closes');
    await this.settle();
    for (const owner of this.#owners) owner.judge();
    for (const { channel } of this.#pairs) {
      const { owner } = channel;
      if (owner instanceof RecordingOwner) assert.equal(owner.count('close'), 1, 'the last owner is told of the close');
    }
  }
}
