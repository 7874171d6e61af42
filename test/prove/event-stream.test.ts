import assert from 'node:assert/strict';
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import net from 'node:net';
import { type TestContext, test } from 'node:test';
import { EventSource } from 'undici';
import { startHttpBackend } from './support/http-backend.js';
import { freePort } from './support/nginx.js';
import { Program } from './support/program.js';
import { type ProxyProcess, type ProxySetup, startProxy } from './support/proxy-process.js';
import { sleep, until } from './support/wait.js';

const ROUNDS = 20;

interface Stream {
  readonly response: ServerResponse;
  readonly lastEventId: string | undefined;
  closedAtMs: number;
}

interface Peers {
  readonly setup: ProxySetup;
  readonly streams: Stream[];
}

/** A backend whose event streams are open until somebody ends them. */
async function startStreams(t: TestContext): Promise<Peers> {
  const streams: Stream[] = [];
  const { url } = await startHttpBackend(t, (request, response) => {
    const lastEventId = request.headers['last-event-id'];
    const stream = { response, closedAtMs: 0, lastEventId: typeof lastEventId === 'string' ? lastEventId : undefined };
    streams.push(stream);
    response.on('close', () => {
      stream.closedAtMs = performance.now();
    });
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write(`id: ${streams.length}\ndata: hello\n\n`);
  });
  const setup: ProxySetup = {
    services: { events: url },
    routes: { '/events': 'events', '*': 'events' },
    rule: 'sse_retry: "1200ms-1800ms"',
    timeout: 'drain_timeout: 5',
    port: await freePort(),
  };
  return { setup, streams };
}

async function subscribe(proxy: ProxyProcess): Promise<IncomingMessage> {
  const request = http.get(`${proxy.origin}/events`, { agent: false });
  request.on('error', () => {});
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.on('response', resolve).once('error', reject);
  });
  response.setEncoding('utf8');
  response.on('error', () => {});
  await once(response, 'data');
  return response;
}

/** Whether it ended or was cut: `once` would reject for the second. */
function closed(response: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    response.on('close', resolve);
  });
}

function summary(ms: readonly number[]): string {
  const sorted = [...ms].sort((a, b) => a - b);
  return `median ${sorted[sorted.length >> 1]?.toFixed(1)} ms, worst ${sorted.at(-1)?.toFixed(1)} ms`;
}

/** Ends one client, and tells how long the backend's stream was open after it. */
async function leaving(streams: readonly Stream[], leave: () => void): Promise<number> {
  const stream = streams.at(-1);
  if (stream === undefined) throw new Error('no stream');
  const from = performance.now();
  leave();
  await until(
    () => stream.closedAtMs > 0,
    5000,
    () => 'the stream of the backend is open',
  );
  return stream.closedAtMs - from;
}

test('a client that leaves ends the stream of the backend within 100 ms', { timeout: 60_000 }, async (t) => {
  const { setup, streams } = await startStreams(t);
  const proxy = await startProxy(t, setup);
  const took: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const client = await subscribe(proxy);
    took.push(
      await leaving(streams, () => {
        if (round % 3 === 0) client.socket.resetAndDestroy();
        else if (round % 3 === 1) client.socket.end();
        else client.destroy();
      }),
    );
  }
  const curl = new Program('curl', ['-q', '-sN', `${proxy.origin}/events`]);
  t.after(() => curl.kill());
  await curl.wrote(/data: hello/);
  took.push(await leaving(streams, () => curl.signal('SIGTERM')));
  console.log(`event stream, client leaves: ${summary(took)}`);
  // 100 ms is the aim and what a free machine shows; the bound leaves room for a busy one.
  assert.ok(Math.max(...took) < 1000, summary(took));
});

test('a backend that leaves ends the stream of the client', { timeout: 60_000 }, async (t) => {
  const { setup, streams } = await startStreams(t);
  const proxy = await startProxy(t, setup);
  const took: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const client = await subscribe(proxy);
    const over = closed(client);
    const from = performance.now();
    client.resume();
    if (round % 2 === 0) streams.at(-1)?.response.end();
    else streams.at(-1)?.response.destroy();
    await over;
    took.push(performance.now() - from);
    assert.equal(client.complete, round % 2 === 0);
  }
  console.log(`event stream, backend leaves: ${summary(took)}`);
  assert.ok(Math.max(...took) < 1000, summary(took));
});

test('events arrive when they are sent, on a thousand streams', { timeout: 60_000 }, async (t) => {
  const { setup, streams } = await startStreams(t);
  const proxy = await startProxy(t, setup);
  const sockets = await Promise.all(
    Array.from({ length: 1000 }, async () => {
      const socket = net.connect(proxy.port, '127.0.0.1');
      t.after(() => socket.destroy());
      socket.on('error', () => {});
      socket.write('GET /events HTTP/1.1\r\nHost: a\r\n\r\n');
      await once(socket, 'data');
      return socket;
    }),
  );
  await until(
    () => streams.length === 1000,
    10_000,
    () => `${streams.length} streams`,
  );
  await sleep(200);
  const took: number[] = [];
  const from = performance.now();
  for (const socket of sockets) socket.once('data', () => took.push(performance.now() - from));
  for (const { response } of streams) response.write('data: now\n\n');
  await until(
    () => took.length === 1000,
    10_000,
    () => `${took.length} of 1000 events came`,
  );
  console.log(`event stream, one event to 1000: ${summary(took)}`);
  assert.ok(Math.max(...took) < 2000, summary(took));
});

test('EventSource comes back after a drain, when it was told to, with the last id it saw', {
  timeout: 60_000,
}, async (t) => {
  const { setup, streams } = await startStreams(t);
  const first = await startProxy(t, setup);
  const source = new EventSource(`${first.origin}/events`);
  t.after(() => source.close());
  const ids: string[] = [];
  source.addEventListener('message', (event) => ids.push(event.lastEventId));
  await until(
    () => ids.length === 1,
    5000,
    () => 'no first event',
  );
  const fromMs = performance.now();
  const { status, durationMs } = await first.drained();
  assert.equal(status, 0, first.program.output);
  await startProxy(t, setup);
  await until(
    () => ids.length === 2,
    10_000,
    () => 'no event after the drain',
  );
  const backMs = performance.now() - fromMs;
  console.log(`event stream, drain: over in ${Math.round(durationMs)} ms, back after ${Math.round(backMs)} ms`);
  assert.ok(durationMs < 2000, `${durationMs} ms`);
  assert.ok(backMs > 1200 && backMs < 5000, `${backMs} ms`);
  assert.deepEqual(ids, ['1', '2']);
  assert.equal(streams[1]?.lastEventId, '1');
});

test('a drained stream ends behind a whole event, with its retry and the end of its chunks', {
  timeout: 60_000,
}, async (t) => {
  const { setup, streams } = await startStreams(t);
  const proxy = await startProxy(t, setup);
  const client = await subscribe(proxy);
  let text = '';
  client.on('data', (piece) => {
    text += piece;
  });
  const over = closed(client);
  streams[0]?.response.write('data: half of');
  await sleep(100);
  proxy.program.signal('SIGTERM');
  await sleep(300);
  assert.equal(text, 'data: half of');
  streams[0]?.response.write(' an event\n\n');
  await over;
  assert.ok(client.complete);
  const retry = /^data: half of an event\n\nretry: (\d+)\n\n$/.exec(text)?.[1];
  assert.ok(Number(retry) >= 1200 && Number(retry) <= 1800, text);
  assert.equal((await proxy.program.ended()).status, 0);
});
