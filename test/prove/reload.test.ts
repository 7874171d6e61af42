import assert from 'node:assert/strict';
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Agent, request } from 'undici';
import type { WebSocket } from 'ws';
import { temporaryFolder } from './support/folder.js';
import { listenOnLoopback, startHttpBackend } from './support/http-backend.js';
import { ANSWERS_WHAT_IT_KEEPS, keptBytes } from './support/kept-memory.js';
import { nextMessage, openSocket } from './support/messages.js';
import { startCommand } from './support/proxy-process.js';
import { inParallel, sleep } from './support/wait.js';
import { startWebSocketBackend } from './support/web-socket-backend.js';

const RELOADS = 300;
const PACE_MS = 150;
const TUNNELS = 200;
const CLIENTS = 16;
/** So that a Revision that was left behind would weigh. */
const EXTRA_RULES = 50;
const MIB = 1024 * 1024;

/** What a configuration is made of that is written again and again. */
interface Variant {
  readonly backends: readonly string[];
  readonly sockets: string;
  readonly count: number;
  /** One more port, that comes and goes. */
  readonly port: number | null;
}

function configuration({ backends, sockets, count, port }: Variant): string {
  const urls = backends.map((url) => `{ url: "${url}" }`).join(', ');
  const extra = Array.from({ length: EXTRA_RULES }, (_, index) => {
    return `\n      - { pattern: "/extra/${count}/${index}", target: api }`;
  }).join('');
  return `services:
  api: { load_balancer: { backends: [${urls}] } }
  chat: { url: "${sockets}" }
host_rules:
  - pattern: "*"
    target: api
    route_rules:
      - { pattern: /ws, target: chat }${extra}
${port === null ? '' : `  - { pattern: "other.example", port: ${port}, target: api }\n`}middlewares:
  - { name: headers, is_global: true, config: { response: { set: { X-Count: "${count}" } } } }
advanced: { bind: "127.0.0.1", port: 0, log: { level: info, format: json } }
`;
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  const { port } = await listenOnLoopback(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function startBackends(t: TestContext) {
  const backends: string[] = [];
  for (let index = 0; index < 3; index++) {
    const { url } = await startHttpBackend(t, (_incoming, response) => setTimeout(() => response.end('ok'), index * 5));
    backends.push(url);
  }
  return { backends, sockets: (await startWebSocketBackend(t)).url };
}

async function echoes(sockets: readonly WebSocket[], text: string): Promise<void> {
  await inParallel(sockets.length, 50, async (index) => {
    const socket = sockets[index];
    assert.ok(socket !== undefined);
    const answer = nextMessage(socket);
    socket.send(text);
    assert.equal((await answer).payload.toString(), text);
  });
}

/** Clients that ask without a pause until they are told to stop. @returns what was wrong, and how many were right */
function load(origin: string, agent: Agent) {
  const state = { failed: [] as string[], answered: 0, over: false };
  const client = async (): Promise<void> => {
    while (!state.over) {
      try {
        const { statusCode, body } = await request(`${origin}/x`, { dispatcher: agent });
        const text = await body.text();
        if (statusCode === 200 && text === 'ok') state.answered++;
        else state.failed.push(`${statusCode} ${text}`);
      } catch (error) {
        state.failed.push(String(error));
      }
      await sleep(2);
    }
  };
  const done = Promise.all(Array.from({ length: CLIENTS }, client));
  return { state, done };
}

test(`${RELOADS} reloads under ${TUNNELS} tunnels and HTTP load: nothing fails, nothing is left`, {
  timeout: 120_000,
}, async (t) => {
  const { backends, sockets } = await startBackends(t);
  const other = await freePort();
  const file = join(temporaryFolder(), 'proxy.yaml');
  const put = (count: number) => {
    const used = [0, 1, 2].filter((index) => index !== count % 4).flatMap((index) => backends[index] ?? []);
    writeFileSync(file, configuration({ backends: used, sockets, count, port: count % 2 === 0 ? null : other }));
  };
  put(0);
  const proxy = await startCommand(t, ['run', '-c', file], ANSWERS_WHAT_IT_KEEPS);
  const agent = new Agent({ connections: CLIENTS });
  t.after(() => agent.destroy());
  const tunnels: WebSocket[] = [];
  await inParallel(TUNNELS, 20, async () => {
    tunnels.push(await openSocket(t, `${proxy.webSocketOrigin}/ws`));
  });
  const { state, done } = load(proxy.origin, agent);
  await sleep(1_000);
  // Up to here code comes that stays.
  const first = 100;
  let before = 0;
  const from = performance.now();
  for (let count = 1; count <= RELOADS; count++) {
    put(count);
    proxy.program.signal('SIGHUP');
    await proxy.program.wrote(new RegExp(`"revision":${count + 1},.*"msg":"reloaded"`));
    if (count % 50 === 0) await echoes(tunnels, `after ${count}`);
    if (count === first) before = await keptBytes(proxy);
    await sleep(Math.max(0, from + count * PACE_MS - performance.now()));
  }
  const seconds = (performance.now() - from) / 1000;
  const after = await keptBytes(proxy);
  state.over = true;
  await done;
  await echoes(tunnels, 'still here');
  console.log(
    `reload: ${RELOADS} in ${seconds.toFixed(1)} s, ${state.answered} requests and ${TUNNELS} tunnels meanwhile; kept ${(before / MIB).toFixed(2)} MiB after ${first}, ${(after / MIB).toFixed(2)} MiB after ${RELOADS}`,
  );
  assert.deepEqual(state.failed.slice(0, 5), []);
  assert.ok(state.answered > 500, `${state.answered} requests`);
  assert.ok(after - before < 3 * MIB, `${after - before} bytes more are kept`);
  const reached = await request(`http://127.0.0.1:${proxy.port}/x`, { dispatcher: agent });
  assert.equal(reached.headers['x-count'], String(RELOADS));
  await reached.body.dump();
  for (const socket of tunnels) socket.close(1000);
  assert.equal((await proxy.drained()).status, 0, proxy.program.output);
});

test('--watch: a file written again, an editor that renames, a broken one in between', {
  timeout: 60_000,
}, async (t) => {
  const { backends, sockets } = await startBackends(t);
  const folder = temporaryFolder();
  const file = join(folder, 'proxy.yaml');
  const text = (count: number) => configuration({ backends, sockets, count, port: null });
  writeFileSync(file, text(0));
  const proxy = await startCommand(t, ['run', '-c', file, '--watch']);
  const counted = async (): Promise<unknown> => {
    const { headers, body } = await request(`${proxy.origin}/x`);
    await body.dump();
    return headers['x-count'];
  };
  writeFileSync(file, text(1));
  await proxy.program.wrote(/"revision":2,.*"msg":"reloaded"/);
  assert.equal(await counted(), '1');

  writeFileSync(file, text(2).replace('target: chat', 'target: cat'));
  await proxy.program.wrote(/reload refused: nothing changed/);
  assert.match(
    proxy.program.output,
    /^\S*proxy\.yaml:8:\d+: host_rules\[0\]\.route_rules\[0\]\.target: there is no service/m,
  );
  assert.match(proxy.program.output, /^ {2}did you mean "chat"\?$/m);
  assert.equal(await counted(), '1');

  writeFileSync(`${file}~`, text(3));
  renameSync(`${file}~`, file);
  await proxy.program.wrote(/"revision":3,.*"msg":"reloaded"/);
  assert.equal(await counted(), '3');
  assert.equal((await proxy.drained()).status, 0, proxy.program.output);
});

test('--watch: a mounted ConfigMap, whose link is exchanged', { timeout: 60_000 }, async (t) => {
  const { backends, sockets } = await startBackends(t);
  const mount = temporaryFolder();
  const put = (count: number): void => {
    mkdirSync(join(mount, `..${count}`));
    writeFileSync(join(mount, `..${count}`, 'config.yaml'), configuration({ backends, sockets, count, port: null }));
    symlinkSync(`..${count}`, join(mount, '..data_tmp'));
    renameSync(join(mount, '..data_tmp'), join(mount, '..data'));
  };
  put(0);
  symlinkSync('..data/config.yaml', join(mount, 'config.yaml'));
  const proxy = await startCommand(t, ['run', '-c', join(mount, 'config.yaml'), '--watch']);
  const tunnel = await openSocket(t, `${proxy.webSocketOrigin}/ws`);
  for (let count = 1; count <= 3; count++) {
    put(count);
    await proxy.program.wrote(new RegExp(`"revision":${count + 1},.*"msg":"reloaded"`));
    await echoes([tunnel], `after ${count}`);
  }
  tunnel.close(1000);
  assert.equal((await proxy.drained()).status, 0, proxy.program.output);
});
