import type { Counters } from './counters.js';

interface InstanceCount {
  all: number;
  readonly byClient: Map<string, number>;
}

/**
 * How many tunnels, handshakes included, run under each instance of a middleware, in all and by client. By the name of
 * the instance, so that one that a reload made anew goes on counting where the one before was. Whoever has none takes no
 * memory.
 */
export class TunnelCounts {
  readonly #instances = new Map<string, InstanceCount>();
  readonly #counters: Counters;

  constructor(counters: Counters) {
    this.#counters = counters;
  }

  ofInstance(instance: string): number {
    return this.#instances.get(instance)?.all ?? 0;
  }

  ofClient(instance: string, client: string): number {
    return this.#instances.get(instance)?.byClient.get(client) ?? 0;
  }

  add(instance: string, client: string): void {
    let count = this.#instances.get(instance);
    if (count === undefined) {
      count = { all: 0, byClient: new Map() };
      this.#instances.set(instance, count);
    }
    count.all++;
    count.byClient.set(client, (count.byClient.get(client) ?? 0) + 1);
    this.#counters.tunnelPlaces++;
  }

  /** Once for each {@link add}, with the same names. */
  remove(instance: string, client: string): void {
    const count = this.#instances.get(instance);
    const ofClient = count?.byClient.get(client);
    if (count === undefined || ofClient === undefined) return;
    if (ofClient > 1) count.byClient.set(client, ofClient - 1);
    else count.byClient.delete(client);
    if (--count.all === 0) this.#instances.delete(instance);
    this.#counters.tunnelPlaces--;
  }
}
