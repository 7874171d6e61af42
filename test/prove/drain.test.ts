import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { curl } from './support/curl.js';
import { temporaryFolder } from './support/folder.js';
import { sha256 } from './support/hashing.js';
import { startHttpBackend } from './support/http-backend.js';
import { openSocket } from './support/messages.js';
import { type ProxyProcess, startProxy } from './support/proxy-process.js';
import { echoRequest, parseSeen } from './support/request-echo.js';
import { sleep } from './support/wait.js';
import { startWebSocketBackend } from './support/web-socket-backend.js';

const DRAIN_TIMEOUT_MS = 10_000;
const LARGE = 6 * 1024 * 1024;

interface Peers {
  readonly proxy: ProxyProcess;
  /** Requests that came to the backend. */
  readonly accepted: Set<string>;
}

async function startPeers(t: TestContext): Promise<Peers> {
  const accepted = new Set<string>();
  const { url } = await startHttpBackend(t, (incoming, response) => {
    const path = incoming.url ?? '';
    if (path === '/large') {
      response.end(Buffer.alloc(LARGE, 'large'));
    } else if (path === '/upload') {
      echoRequest(incoming, response);
    } else {
      accepted.add(path);
      response.write('first ');
      // 20 ms up to 1.5 s.
      setTimeout(() => response.end('last'), 20 + (Number(path.slice(1)) % 38) * 40);
    }
  });
  const timeout = `drain_timeout: ${DRAIN_TIMEOUT_MS / 1000}`;
  const proxy = await startProxy(t, { services: { node: url }, routes: { '*': 'node' }, timeout });
  return { proxy, accepted };
}

/** 100 clients that ask without a pause until the proxy is gone. @returns the paths that were answered whole */
async function load(t: TestContext, proxy: ProxyProcess): Promise<Set<string>> {
  const agent = new Agent({ connections: 100 });
  t.after(() => agent.destroy());
  const answered = new Set<string>();
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < 50_000) {
      next += 1;
      const path = `/${next}`;
      try {
        const { statusCode, body } = await request(`${proxy.origin}${path}`, { dispatcher: agent });
        const text = await body.text();
        if (statusCode === 200 && text === 'first last') answered.add(path);
      } catch {
        // Refused: it was sent after the end. What had come to the backend must be among the answered.
        if (!proxy.program.alive) return;
        await wait(20);
      }
    }
  };
  await Promise.all(Array.from({ length: 100 }, client));
  return answered;
}

test('SIGTERM under load: what was accepted is answered, and the exit status is 0', { timeout: 60_000 }, async (t) => {
  const { proxy, accepted } = await startPeers(t);
  const file = join(temporaryFolder(), 'upload');
  writeFileSync(file, Buffer.alloc(LARGE, 'upload'));
  const slow = ['--limit-rate', '3M'];
  const downloads = Array.from({ length: 3 }, () => curl(...slow, `${proxy.origin}/large`));
  const uploads = Array.from({ length: 3 }, () => {
    return curl(...slow, '-H', 'Expect:', '--data-binary', `@${file}`, `${proxy.origin}/upload`);
  });
  const loaded = load(t, proxy);
  await sleep(800);
  const before = accepted.size;
  const { status, durationMs } = await proxy.drained();

  const answered = await loaded;
  console.log(
    `drain: ${before} requests before SIGTERM, ${accepted.size} in all, over in ${Math.round(durationMs)} ms`,
  );
  assert.equal(status, 0, proxy.program.output);
  assert.ok(durationMs < DRAIN_TIMEOUT_MS, `${durationMs} ms`);
  assert.deepEqual(
    [...accepted].filter((path) => !answered.has(path)),
    [],
    'requests that a backend saw and whose client got no whole answer',
  );
  for (const { status: ended, body, error } of await Promise.all(downloads)) {
    assert.equal(ended, 0, error);
    assert.equal(body.length, LARGE);
  }
  for (const { status: ended, body, error } of await Promise.all(uploads)) {
    assert.equal(ended, 0, error);
    assert.equal(parseSeen(body).sha256, sha256(Buffer.alloc(LARGE, 'upload')));
  }
});

test('SIGTERM with tunnels and a request that never ends: cut at drain_timeout, exit status 0', {
  timeout: 60_000,
}, async (t) => {
  const sockets = await startWebSocketBackend(t);
  const { url } = await startHttpBackend(t, (_incoming, response) => response.write('and then'));
  const services = { node: url, ws: sockets.url };
  const routes = { '/ws': 'ws', '*': 'node' };
  const proxy = await startProxy(t, { services, routes, timeout: 'drain_timeout: 2' });
  const socket = await openSocket(t, `${proxy.webSocketOrigin}/ws`);
  const closed = once(socket, 'close');
  const { body } = await request(proxy.origin);
  const text = body.text();
  const cut = assert.rejects(text, 'a response without its end looks whole');
  const { status, durationMs } = await proxy.drained();
  console.log(`drain: with what does not end over in ${Math.round(durationMs)} ms of 2000`);
  assert.equal(status, 0, proxy.program.output);
  assert.ok(durationMs > 1000 && durationMs < 5000, `${durationMs} ms`);
  await Promise.all([closed, cut]);
});

test('a second SIGTERM ends it at once', { timeout: 30_000 }, async (t) => {
  const { url } = await startHttpBackend(t, (_incoming, response) => response.write('and then'));
  const proxy = await startProxy(t, { services: { node: url }, routes: { '*': 'node' } });
  const { body } = await request(proxy.origin);
  const cut = assert.rejects(body.text());
  proxy.program.signal('SIGTERM');
  await sleep(500);
  assert.ok(proxy.program.alive);
  const { status, durationMs } = await proxy.drained();
  assert.equal(status, 1);
  assert.ok(durationMs < 2000, `${durationMs} ms`);
  await cut;
});
