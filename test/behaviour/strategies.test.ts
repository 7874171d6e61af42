import assert from 'node:assert/strict';
import type { RecordingBackend } from '../support/recording-backend.js';
import { behaviour, type Setup, type Stage } from '../support/stage.js';
import { openTunnel } from '../support/tunnel-ends.js';
import { get } from '../support/wire.js';

interface Url {
  readonly url: string;
}

interface Weighted extends Url {
  readonly weight?: number;
}

function by(strategy: string, backends: readonly Weighted[], advanced: object = {}): Setup {
  const written = backends.map(({ url, weight }) => ({ url, ...(weight === undefined ? {} : { weight }) }));
  return { services: { api: { load_balancer: { strategy, backends: written } } }, advanced: { ...advanced } };
}

/** Backends that answer each with its own letter. */
async function lettered(stage: Stage, letters: string): Promise<RecordingBackend[]> {
  const backends = [];
  for (const letter of letters) {
    backends.push(await stage.backend(() => `HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${letter}`));
  }
  return backends;
}

/** Who answers so many requests, one after the other. */
async function order(stage: Stage, count: number, lines = ''): Promise<string> {
  let letters = '';
  for (let round = 0; round < count; round++) letters += (await stage.ask(get('/', lines))).body;
  return letters;
}

function weighted(backends: readonly Url[], weights: readonly number[]): Weighted[] {
  return backends.map(({ url }, index) => ({ url, weight: weights[index] ?? 1 }));
}

behaviour('weighted_round_robin: 3:2:1 is a b a c b a', async (stage) => {
  const backends = await lettered(stage, 'abc');
  await stage.start(by('weighted_round_robin', weighted(backends, [3, 2, 1])));
  assert.equal(await order(stage, 12), 'abacbaabacba');
});

behaviour('round_robin looks at no weight but 0', async (stage) => {
  const backends = await lettered(stage, 'abc');
  await stage.start(by('round_robin', weighted(backends, [3, 0, 1])));
  assert.equal(await order(stage, 6), 'acacac');
});

behaviour('whose turn it is outlives a reload, and weights change in place', async (stage) => {
  const backends = await lettered(stage, 'abc');
  await stage.start(by('weighted_round_robin', weighted(backends, [3, 2, 1])));
  assert.equal(await order(stage, 3), 'aba');
  const more = { timeout: { read_timeout: 30 } };
  assert.equal((await stage.reload(by('weighted_round_robin', weighted(backends, [3, 2, 1]), more))).ok, true);
  assert.equal(await order(stage, 3), 'cba');
  await stage.reload(by('weighted_round_robin', weighted(backends, [0, 0, 1])));
  assert.equal(await order(stage, 3), 'ccc');
  await stage.reload(by('round_robin', backends));
  assert.deepEqual([...(await order(stage, 6))].sort().join(''), 'aabbcc');
});

behaviour('ip_hash behind trusted proxies goes by the real client', async (stage) => {
  const backends = await lettered(stage, 'abc');
  await stage.start(by('ip_hash', backends, { security: { trusted_proxies: ['127.0.0.1', '10.0.0.0/8'] } }));
  const homes = new Set<string>();
  for (let client = 1; client <= 20; client++) {
    const address = `192.0.2.${client}`;
    const home = await order(stage, 1, `X-Forwarded-For: ${address}\r\n`);
    const others = [`X-Forwarded-For: ${address}, 10.0.0.${client}\r\n`, `X-Forwarded-For: 1.1.1.1, ${address}\r\n`];
    for (const lines of others) assert.equal(await order(stage, 1, lines), home, address);
    homes.add(home);
  }
  assert.deepEqual([...homes].sort(), ['a', 'b', 'c']);
});

behaviour('ip_hash believes no client that says it were another', async (stage) => {
  await stage.start(by('ip_hash', await lettered(stage, 'abc')));
  const [home] = await order(stage, 1);
  for (let client = 1; client <= 20; client++) {
    assert.equal(await order(stage, 1, `X-Forwarded-For: 192.0.2.${client}\r\n`), home);
  }
});

for (const strategy of ['least_connections', 'power_of_two']) {
  behaviour(`${strategy}: a tunnel is load for as long as it lives`, async (stage) => {
    const held = await stage.rawBackend();
    const [idle] = await lettered(stage, 'b');
    await stage.start(by(strategy, [held, { url: idle?.url ?? '' }]), { random: () => 0 });
    const { client, backend } = await openTunnel(stage, held);
    assert.equal(await order(stage, 6), 'bbbbbb');
    client.destroy();
    backend.destroy();
    await stage.open('tunnels', 0);
    const other = await openTunnel(stage, held);
    other.client.destroy();
    other.backend.destroy();
  });
}

behaviour('random draws by weight', async (stage) => {
  const backends = await lettered(stage, 'abc');
  let drawn = 0;
  await stage.start(by('random', weighted(backends, [1, 2, 1])), { random: () => drawn });
  let letters = '';
  for (drawn of [0, 0.24, 0.26, 0.74, 0.76, 0.99]) letters += await order(stage, 1);
  assert.equal(letters, 'aabbcc');
});
