import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { Agent, request } from 'undici';
import { WebSocket } from 'ws';
import { loadConfigText } from '../../src/config/load-config.js';
import { type Clock, systemClock } from '../../src/exchange/clock.js';
import { middlewareTypes } from '../../src/middleware/registry.js';
import { createProxy } from '../../src/proxy.js';
import { KeysServer, keySet } from '../support/keys-server.js';
import { RecordingLog } from '../support/recording-log.js';
import { ecPair, goodToken, type KeyPair } from '../support/tokens.js';
import { BackendProcess } from './support/backend-process.js';
import { sleep } from './support/wait.js';

const CLIENTS = 60;
const ROTATIONS = 3;
/** The proxy asks for keys twice in 30 s at most: it lives so many times as fast. */
const HASTE = 10;
const BETWEEN_MS = 3500;
/** One token in so many is a forgery. */
const FORGED = 8;

const hasty: Clock = {
  nowMs: () => systemClock.nowMs() * HASTE,
  wallMs: systemClock.wallMs,
  after: (delayMs, run) => systemClock.after(delayMs / HASTE, run),
};

const pairs = Array.from({ length: ROTATIONS + 1 }, () => ecPair());
const pairAt = (index: number): KeyPair => pairs[index] as KeyPair;
const token = (kid: number, by: number): string => {
  return goodToken({ exp: undefined, jti: Math.random() }, pairAt(by).privateKey, { kid: `key ${kid}` });
};

async function start(t: TestContext, keys: KeysServer): Promise<string> {
  const backend = await BackendProcess.start(t, 'one');
  const config = {
    services: { app: { url: backend.url } },
    host_rules: [{ pattern: '*', target: 'app' }],
    middlewares: [{ name: 'auth', config: { jwks_url: keys.url } }],
    advanced: { port: 0, bind: '127.0.0.1' },
  };
  const loaded = loadConfigText(JSON.stringify(config), 'keys.yaml', { env: {}, middlewareTypes });
  assert.ok(loaded.ok);
  const proxy = createProxy({ config: loaded.config, log: new RecordingLog(), clock: hasty });
  await proxy.start();
  t.after(async () => {
    // The proxy's own timers hold no process open.
    const held = setInterval(() => {}, 1000);
    await proxy.stop();
    clearInterval(held);
  });
  return `127.0.0.1:${proxy.listeners[0]?.port}`;
}

test('keys rotate under load: whose token is good is let in, over GET and over an upgrade, and nobody else', {
  timeout: 60_000,
}, async (t) => {
  const keys = await KeysServer.listen(keySet({ 'key 0': pairAt(0) }));
  t.after(() => keys.close());
  const origin = await start(t, keys);
  const agent = new Agent({ connections: CLIENTS });
  t.after(() => agent.destroy());

  const get = async (bearer: string): Promise<number> => {
    const headers = { Authorization: `Bearer ${bearer}` };
    const { statusCode, body } = await request(`http://${origin}/`, { dispatcher: agent, headers });
    await body.dump();
    return statusCode;
  };
  const upgrade = async (bearer: string): Promise<number> => {
    const socket = new WebSocket(`ws://${origin}/`, { headers: { Authorization: `Bearer ${bearer}` } });
    socket.on('error', () => {});
    const refused = once(socket, 'unexpected-response').then(([, { statusCode }]) => Number(statusCode));
    const status = await Promise.race([once(socket, 'open').then(() => 101), refused]);
    socket.terminate();
    return status;
  };

  let current = 0;
  let over = false;
  const counts = { let_in: 0, refused: 0 };
  const wrong: string[] = [];
  const client = async (index: number): Promise<void> => {
    const [ask, good] = index % 3 === 0 ? [upgrade, 101] : [get, 200];
    for (let count = index; !over; count++) {
      const kid = current;
      const forged = count % FORGED === 0;
      // By another key of the same kind, which is published too.
      const status = await ask(token(kid, forged ? (kid === 0 ? 1 : kid - 1) : kid));
      if (status === (forged ? 401 : good)) counts[forged ? 'refused' : 'let_in']++;
      else wrong.push(`${forged ? 'a forged' : 'a good'} token of key ${kid}: ${status}`);
      await sleep(20);
    }
  };
  const clients = Promise.all(Array.from({ length: CLIENTS }, (_, index) => client(index)));
  for (let next = 1; next <= ROTATIONS; next++) {
    await sleep(BETWEEN_MS);
    keys.says = keySet({ [`key ${next - 1}`]: pairAt(next - 1), [`key ${next}`]: pairAt(next) });
    current = next;
    assert.equal(await get(token(next, next)), 200);
    if (next > 1) assert.deepEqual([await get(token(next - 2, next - 2)), await upgrade(token(0, 0))], [401, 401]);
  }
  await sleep(BETWEEN_MS / 2);
  over = true;
  await clients;
  console.log(`key rotation: ${counts.let_in} let in, ${counts.refused} refused, keys asked for ${keys.asked} times`);
  assert.deepEqual(wrong.slice(0, 5), []);
  assert.ok(counts.let_in > 1000 && counts.refused > 100, JSON.stringify(counts));
  assert.ok(keys.asked <= 2 * ROTATIONS + 2, `asked ${keys.asked} times`);
});
