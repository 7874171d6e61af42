import assert from 'node:assert/strict';
import { Deadlines } from '../../../../src/channel/deadlines.js';
import type { Address } from '../../../../src/channel/dialer.js';
import { socketDialer } from '../../../../src/channel/socket-dialer.js';
import { Counters } from '../../../../src/exchange/counters.js';
import { type HealthCheckTraits, type ProbeResult, probe } from '../../../../src/service/health/probe.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { until } from '../../../support/turns.js';
import { socketOptions } from '../../channel/real-kinds.js';
import { StubChannel } from '../../channel/stub-channel.js';
import { ScriptedHost } from '../../connection/scripted-dialer.js';

export const GOOD: ProbeResult = { good: true };

export function bad(reason: string): ProbeResult {
  return { good: false, reason };
}

export function checkOf(traits: Partial<HealthCheckTraits> = {}): HealthCheckTraits {
  return {
    type: 'http',
    intervalMs: 10_000,
    timeoutMs: 5000,
    path: '/health',
    healthyThreshold: 2,
    unhealthyThreshold: 3,
    expectedStatus: [[200, 399]],
    host: null,
    ...traits,
  };
}

const ADDRESS: Address = { host: 'backend.example', port: 8080 };

/** One probe whose dial and backend are the test's. */
export class ScriptedProbe {
  readonly host = new ScriptedHost();
  readonly channel = new StubChannel();
  readonly results: (ProbeResult | null)[] = [];
  readonly giveUp: () => void;
  /** Timers that have neither run nor been cancelled. */
  readonly #timers = new Set<object>();

  constructor(traits: Partial<HealthCheckTraits> = {}, basePath = '', address = ADDRESS) {
    this.#watchTimers();
    const target = { address, authority: 'backend.example:8080', basePath };
    this.giveUp = probe(target, checkOf(traits), this.host, (result) => this.results.push(result));
  }

  connect(): this {
    this.host.connect(0, this.channel);
    return this;
  }

  receive(text: string): this {
    const bytes = Buffer.from(text, 'latin1');
    this.channel.owner.onChunk(bytes, 0, bytes.length);
    return this;
  }

  /** The key of the handshake that was sent. */
  get key(): string {
    return /^Sec-WebSocket-Key: (\S+)\r$/m.exec(this.channel.text)?.[1] ?? '';
  }

  /** What was told, once nothing of it is left: no counter, no connection, no timer. */
  ended(): (ProbeResult | null)[] {
    assert.deepEqual(this.host.counters.open(), {});
    assert.equal(this.#timers.size, 0, 'no timer is left');
    if (this.channel.text !== '') assert.ok(this.channel.calls.includes('destroy'), 'the connection is over');
    const { length } = this.results;
    this.host.clock.advance(60_000);
    assert.equal(this.results.length, length, 'nothing is told later');
    return this.results;
  }

  #watchTimers(): void {
    const { clock } = this.host;
    const after = clock.after.bind(clock);
    clock.after = (delayMs, run) => {
      const place = {};
      this.#timers.add(place);
      const timer = after(delayMs, () => {
        this.#timers.delete(place);
        run();
      });
      return {
        cancel: () => {
          this.#timers.delete(place);
          return timer.cancel();
        },
      };
    };
  }
}

/** Probes on real sockets, with a clock that stands still. */
export class RealProbes {
  readonly clock = new ManualClock();
  readonly deadlines = new Deadlines(this.clock);
  readonly counters = new Counters();
  readonly dialer = socketDialer({ ...socketOptions(true), writeBufferBytes: 64 * 1024 });

  /** Begins a probe; its results come into the list. */
  begin(address: Address, traits: Partial<HealthCheckTraits>): (ProbeResult | null)[] {
    const results: (ProbeResult | null)[] = [];
    const target = { address, authority: `${address.host}:${address.port}`, basePath: '' };
    probe(target, checkOf(traits), this, (result) => results.push(result));
    return results;
  }

  /** The result of one probe, once everything was given back. */
  async ask(address: Address, traits: Partial<HealthCheckTraits>): Promise<ProbeResult | null | undefined> {
    const results = this.begin(address, traits);
    await until(() => results.length > 0, 'a result');
    assert.deepEqual(this.counters.open(), {});
    return results[0];
  }
}
