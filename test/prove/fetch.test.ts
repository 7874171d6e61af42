import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import { type TestContext, test } from 'node:test';
import { Agent, fetch, Pool } from 'undici';
import { ByteSeries, ByteSum, sha256 } from './support/hashing.js';
import { startHttpBackend } from './support/http-backend.js';
import { type ProxyProcess, startProxy } from './support/proxy-process.js';
import { echoRequest, parseSeen } from './support/request-echo.js';
import { inParallel } from './support/wait.js';

const MIB = 1024 * 1024;

async function startPeers(t: TestContext): Promise<{ proxy: ProxyProcess; agent: Agent }> {
  const { url } = await startHttpBackend(t, (request, response) => {
    const path = request.url ?? '';
    if (path.startsWith('/trailers')) {
      response.writeHead(200, { Trailer: 'X-Checksum' });
      response.write('body');
      response.addTrailers({ 'X-Checksum': 'abc' });
      response.end();
    } else if (path.startsWith('/mirror')) {
      request.pipe(response);
    } else if (path.startsWith('/hints')) {
      response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' });
      response.end('after the hints');
    } else {
      echoRequest(request, response);
    }
  });
  const proxy = await startProxy(t, { services: { node: url }, routes: { '*': 'node' } });
  const agent = new Agent({ connections: 64 });
  t.after(() => agent.destroy());
  return { proxy, agent };
}

test('fetch', { timeout: 60_000 }, async (t) => {
  const { proxy, agent } = await startPeers(t);

  await t.test('5,000 requests over 64 connections, each its own answer', { timeout: 60_000 }, async () => {
    await inParallel(5000, 64, async (index) => {
      const body = index % 3 === 0 ? randomBytes(index) : null;
      const method = body === null ? 'GET' : 'POST';
      const response = await fetch(`${proxy.origin}/item/${index}`, { method, body, dispatcher: agent });
      const seen = parseSeen(await response.text());
      assert.equal(seen.url, `/item/${index}`);
      assert.equal(seen.sha256, sha256(body ?? ''));
    });
  });

  await t.test('a request body that is a stream is chunked, and arrives whole', { timeout: 60_000 }, async () => {
    const series = new ByteSeries(50 * MIB);
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        const piece = series.next(60_000);
        if (piece.length === 0) controller.close();
        else controller.enqueue(piece);
      },
    });
    const response = await fetch(proxy.origin, { method: 'PUT', body, duplex: 'half', dispatcher: agent });
    const seen = parseSeen(await response.text());
    assert.equal(seen.headers['transfer-encoding'], 'chunked');
    assert.equal(seen.sha256, series.digest());
  });

  await t.test('both bodies flow at once', { timeout: 60_000 }, async () => {
    const series = new ByteSeries(50 * MIB);
    const sum = new ByteSum();
    const pieces = async function* (): AsyncGenerator<Buffer> {
      for (let piece = series.next(100_000); piece.length > 0; piece = series.next(100_000)) yield piece;
    };
    const request = { method: 'POST', body: pieces(), duplex: 'half', dispatcher: agent } as const;
    const response = await fetch(`${proxy.origin}/mirror`, request);
    for await (const piece of response.body ?? []) sum.add(piece);
    assert.equal(sum.bytes, 50 * MIB);
    assert.equal(sum.digest(), series.digest());
  });

  await t.test('bodies that are given up leave the others alone', { timeout: 60_000 }, async () => {
    await inParallel(300, 32, async (index) => {
      const abort = new AbortController();
      const options = { method: 'POST', body: randomBytes(200_000), signal: abort.signal, dispatcher: agent };
      const response = fetch(`${proxy.origin}/mirror`, options);
      if (index % 2 === 0) {
        setTimeout(() => abort.abort(), index % 7);
        await response.then((answer) => answer.arrayBuffer()).catch(() => {});
      } else {
        assert.equal((await (await response).arrayBuffer()).byteLength, 200_000);
      }
    });
  });
});

test('trailers pass, both ways', { timeout: 60_000 }, async (t) => {
  const { proxy } = await startPeers(t);
  const pool = new Pool(proxy.origin);
  t.after(() => pool.destroy());
  const { body, trailers } = await pool.request({ path: '/trailers', method: 'GET', headers: { te: 'trailers' } });
  assert.equal(await body.text(), 'body');
  assert.deepEqual(trailers, { 'x-checksum': 'abc' });

  const seen = await new Promise<string>((resolve, reject) => {
    const request = http.request(`${proxy.origin}/`, { method: 'POST', headers: { Trailer: 'X-Sum' } }, (response) => {
      let text = '';
      response.on('data', (piece) => {
        text += piece;
      });
      response.on('end', () => resolve(text));
    });
    request.on('error', reject);
    request.write('one');
    request.addTrailers({ 'X-Sum': '1' });
    request.end('two');
  });
  assert.deepEqual(parseSeen(seen).trailers, { 'x-sum': '1' });
  assert.equal(parseSeen(seen).sha256, sha256('onetwo'));
});

test('early hints pass before the response', { timeout: 60_000 }, async (t) => {
  const { proxy } = await startPeers(t);
  const seen: number[] = [];
  const text = await new Promise<string>((resolve, reject) => {
    const request = http.get(`${proxy.origin}/hints`, (response) => {
      response.setEncoding('utf8');
      response.once('data', resolve);
    });
    request.on('information', ({ statusCode }) => seen.push(statusCode));
    request.on('error', reject);
  });
  assert.deepEqual(seen, [103]);
  assert.equal(text, 'after the hints');
});
