import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { Page } from 'playwright-core';
import { startBrowser } from './support/browser.js';
import { sha256 } from './support/hashing.js';
import { startHttpBackend } from './support/http-backend.js';
import { freePort, startNginx } from './support/nginx.js';
import { type ProxyProcess, type ProxySetup, startCommand, startProxy } from './support/proxy-process.js';
import { echoRequest } from './support/request-echo.js';
import { until } from './support/wait.js';
import { startWebSocketBackend } from './support/web-socket-backend.js';

const file = randomBytes(30 * 1024 * 1024);

test("the demo's page in Chromium: the socket echoes, the clock runs, an upload goes, nothing complains", {
  timeout: 90_000,
}, async (t) => {
  const proxy = await startCommand(t, ['demo', '--port', String(await freePort())]);
  const { page, complaints } = await startBrowser(t);
  for (const visit of ['first', 'after a reload']) {
    if (visit === 'first') await page.goto(`${proxy.origin}/`);
    else await page.reload();
    await page.locator('#socket-state.open').waitFor();
    await page.locator('#clock-state.open').waitFor();
    await page.fill('#text', `hello ${visit}`);
    await page.click('#send');
    await page.locator('#messages li').nth(1).waitFor();
    const lines = await page.locator('#messages li').allTextContents();
    assert.deepEqual(lines, [`←hello ${visit}`, `→hello ${visit}`]);
    const shown = await page.textContent('#clock');
    await page.waitForFunction((before) => document.querySelector('#clock')?.textContent !== before, shown);
  }
  const status = await page.evaluate(async () => {
    // The page answers before it has read an upload: what a lingering close discards is the most that may follow.
    const body = new Uint8Array(200_000).fill(7);
    return (await fetch('/', { method: 'POST', body })).status;
  });
  assert.equal(status, 200);
  assert.deepEqual(complaints, []);
});

const html = `<!doctype html><title>site</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/site.css">
<a id="file" href="/file.bin" download>file</a>`;

async function startSite(t: TestContext): Promise<{ proxy: ProxyProcess; setup: ProxySetup; seenIds: string[] }> {
  const nginx = await startNginx(t, { 'index.html': html, 'site.css': 'body { color: #123 }', 'file.bin': file });
  const seenIds: string[] = [];
  const { url } = await startHttpBackend(t, (request, response) => {
    if (request.url !== '/events') {
      echoRequest(request, response);
      return;
    }
    seenIds.push(String(request.headers['last-event-id'] ?? ''));
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    response.write(`id: ${seenIds.length}\ndata: ${seenIds.length}\n\n`);
  });
  const sockets = await startWebSocketBackend(t, { deflate: { threshold: 0 } });
  const setup: ProxySetup = {
    services: { nginx: nginx.url, node: url, sockets: sockets.url },
    routes: { '/ws': 'sockets', '/events': 'node', '/upload': 'node', '*': 'nginx' },
    rule: 'sse_retry: "1500ms-2000ms"',
    port: await freePort(),
  };
  return { proxy: await startProxy(t, setup), setup, seenIds };
}

test('a site in Chromium: style, upload, download, compressed socket, and 304 on a reload', {
  timeout: 90_000,
}, async (t) => {
  const { proxy } = await startSite(t);
  const { page, complaints } = await startBrowser(t);
  const first = await page.goto(`${proxy.origin}/`);
  assert.equal(first?.status(), 200);
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).color), 'rgb(17, 34, 51)');

  const upload = await page.evaluate(async () => {
    const body = new Uint8Array(20_000_000);
    for (let at = 0; at < body.length; at += 1) body[at] = (at * 31) >> 3;
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', body));
    const seen: { bytes: number; sha256: string } = await (await fetch('/upload', { method: 'PUT', body })).json();
    return { ...seen, hash: [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('') };
  });
  assert.equal(upload.bytes, 20_000_000);
  assert.equal(upload.sha256, upload.hash);

  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#file')]);
  assert.equal(sha256(readFileSync(await download.path())), sha256(file));

  const socket = await page.evaluate(echoInPage);
  assert.match(socket.extensions, /^permessage-deflate/);
  assert.deepEqual({ ...socket, extensions: '' }, { extensions: '', text: true, binary: true, code: 4001 });

  const statuses = await statusesOnTheWire(page);
  await page.reload();
  assert.equal(await page.title(), 'site');
  assert.equal(statuses[0], 304);
  assert.deepEqual(complaints, []);
});

/** The page is told 200 where its copy was still good: what came is only in the protocol of the tools. */
async function statusesOnTheWire(page: Page): Promise<number[]> {
  const statuses: number[] = [];
  const session = await page.context().newCDPSession(page);
  session.on('Network.responseReceivedExtraInfo', ({ statusCode }) => statuses.push(statusCode));
  await session.send('Network.enable');
  return statuses;
}

/** Runs in the page. */
function echoInPage(): Promise<{ extensions: string; text: boolean; binary: boolean; code: number }> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/ws`);
    const text = 'compressible, 世界 '.repeat(20_000);
    const seen = { extensions: '', text: false, binary: false };
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      seen.extensions = socket.extensions;
      socket.send(text);
      socket.send(new Uint8Array(1_000_000).fill(9));
    };
    socket.onmessage = ({ data }) => {
      if (typeof data === 'string') seen.text = data === text;
      else seen.binary = new Uint8Array(data).every((byte) => byte === 9) && data.byteLength === 1_000_000;
      if (seen.text && seen.binary) socket.close(4001, 'done');
    };
    socket.onclose = ({ code }) => resolve({ ...seen, code });
    socket.onerror = () => reject(new Error('the socket failed'));
  });
}

test('EventSource of Chromium comes back after a drain, no sooner than it was told', { timeout: 90_000 }, async (t) => {
  const { proxy, setup, seenIds } = await startSite(t);
  const { page } = await startBrowser(t);
  await page.goto(`${proxy.origin}/`);
  await page.evaluate(() => {
    const source = new EventSource('/events');
    source.onmessage = (event) => {
      document.title = `event ${event.data}`;
    };
  });
  await page.waitForFunction(() => document.title === 'event 1');
  const fromMs = performance.now();
  const { status } = await proxy.drained();
  assert.equal(status, 0, proxy.program.output);
  await startProxy(t, setup);
  await page.waitForFunction(() => document.title === 'event 2');
  await until(
    () => seenIds.length === 2,
    1000,
    () => 'the backend saw one stream',
  );
  const backMs = performance.now() - fromMs;
  console.log(`Chromium's EventSource: back ${Math.round(backMs)} ms after SIGTERM`);
  assert.ok(backMs > 1500 && backMs < 10_000, `${backMs} ms`);
  assert.deepEqual(seenIds, ['', '1']);
});
