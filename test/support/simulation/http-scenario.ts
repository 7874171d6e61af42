import type { Dialer } from '../../../src/channel/dialer.js';
import type { Config } from '../../../src/config/config.js';
import type { Counters } from '../../../src/exchange/counters.js';
import { silentLog } from '../../../src/exchange/log.js';
import { createProxy } from '../../../src/proxy.js';
import { linkTraits } from './link-traits.js';
import { memoryChannelPair } from './memory-channel.js';
import { makePlan, type Plan } from './plan.js';
import { SeededRandom } from './random.js';
import { type BackendRecord, SimulatedBackend } from './simulated-backend.js';
import { SimulatedClient } from './simulated-client.js';
import { SimulatedClock } from './simulated-clock.js';

/** Long enough for every timeout of the configuration, one after the other. */
const SCENARIO_MS = 600_000;

export interface ScenarioReport {
  readonly seed: number;
  readonly faults: readonly string[];
  readonly answered: number;
  readonly events: number;
}

/** Runs one seeded scenario: clients, the proxy and backends over simulated links, judged at both ends. */
/** @param others configurations that the proxy goes over to, at random moments and in random order */
export async function runHttpScenario(
  seed: number,
  config: Config,
  others: readonly Config[] = [],
): Promise<ScenarioReport> {
  const random = new SeededRandom(seed);
  const clock = new SimulatedClock();
  const plans = new Map<string, Plan>();
  const record: BackendRecord = { heads: new Map(), faults: [], peers: [] };
  const proxy = createProxy({
    config,
    log: silentLog,
    clock,
    random: random.next,
    dialer: simulatedDialer(clock, random, plans, record),
  });
  for (let reloads = others.length === 0 ? 0 : random.integer(1, 6); reloads > 0; reloads--) {
    clock.after(random.integer(0, 4000), () => void proxy.reload(random.pick([config, ...others])));
  }
  const clients: SimulatedClient[] = [];
  const count = random.integer(1, 3);
  for (let index = 0; index < count; index++) {
    const own = Array.from({ length: random.integer(1, 4) }, (_, at) => makePlan(`${seed}-${index}-${at}`, random));
    for (const plan of own) plans.set(plan.id, plan);
    clock.after(random.integer(0, 500), () => {
      const [near, far] = memoryChannelPair(clock, random, linkTraits(random));
      proxy.accept(far, { peerAddress: '192.0.2.1', peerPort: 1000 + index, listenerPort: 80, scheme: 'http' });
      clients.push(new SimulatedClient(near, own, clock, random));
      if (random.chance(0.1)) clock.after(random.integer(0, 3000), () => near.breakLink());
    });
  }
  const events = await clock.runUntil(SCENARIO_MS, () => clients.length === count && isIdle(proxy.counters));
  const peers = [...record.peers, ...clients.flatMap(({ peer }) => peer ?? [])];
  const faults = [
    ...record.faults,
    ...peers.flatMap((peer) => peer.faults),
    ...clients.flatMap((client) => client.faults),
    ...repeated(plans, record),
  ];
  const open = proxy.counters.open();
  if (Object.keys(open).length > 0) faults.push(`left open: ${JSON.stringify(open)}`);
  if (proxy.deadlines.size > 0) faults.push(`left on the timer: ${proxy.deadlines.size}`);
  if (faults.length === 0) await proxy.stop();
  return { seed, faults, answered: clients.reduce((sum, client) => sum + client.answered, 0), events };
}

function isIdle(counters: Counters): boolean {
  return counters.clientConnections === 0 && counters.backendConnections === 0 && counters.exchanges === 0;
}

function simulatedDialer(
  clock: SimulatedClock,
  random: SeededRandom,
  plans: ReadonlyMap<string, Plan>,
  record: BackendRecord,
): Dialer {
  return (_address, listener) => {
    let given = false;
    clock.after(random.chance(0.02) ? 20_000 : random.integer(0, 50), () => {
      if (given) return;
      given = true;
      if (random.chance(0.05)) {
        listener.dialFailed(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
        return;
      }
      const [near, far] = memoryChannelPair(clock, random, linkTraits(random));
      new SimulatedBackend(far, plans, record, clock, random);
      if (random.chance(0.05)) clock.after(random.integer(0, 5000), () => near.breakLink());
      listener.dialConnected(near);
    });
    return () => {
      given = true;
    };
  };
}

/** What may not be sent twice was not. */
function repeated(plans: ReadonlyMap<string, Plan>, record: BackendRecord): string[] {
  const faults: string[] = [];
  for (const [id, count] of record.heads) {
    const plan = plans.get(id);
    if (plan?.method === 'POST' && count > 1) faults.push(`backend: POST ${id} came ${count} times`);
    if (count > 3) faults.push(`backend: ${id} came ${count} times`);
  }
  return faults;
}
