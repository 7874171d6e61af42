import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { request } from 'undici';
import type { WebSocket } from 'ws';
import { BackendProcess } from './support/backend-process.js';
import { saysBack, saysOut, startConfigured } from './support/backends-stage.js';
import { type Badness, startBadBackend, trickle } from './support/bad-backend.js';
import { LogLines } from './support/log-lines.js';
import { closing, nextMessage, openSocket } from './support/messages.js';
import type { ProxyProcess } from './support/proxy-process.js';
import { sleep } from './support/wait.js';

const READ_TIMEOUT_MS = 1000;
const PING_MS = 1000;
const PONG_MS = 1000;
const RETRY_AFTER_MS = 3000;
const FAILURES = 3;
/** Timeouts are looked at so often: they come so much too early or too late. */
const SWEEP_MS = 250;
/** That, and whatever else runs on the machine. */
const SLACK_MS = 2000;

interface Url {
  readonly url: string;
}

interface Answer {
  /** 0: there was none, or it broke off. */
  readonly status: number;
  readonly backend: string;
  readonly body: string;
}

/** One backend that is bad and one that is good, each request for one of them alone. */
async function startPair(t: TestContext, bad: Url, good: Url): Promise<{ proxy: ProxyProcess; log: LogLines }> {
  const proxy = await startConfigured(
    t,
    `services:
  app:
    load_balancer:
      backends: [{ url: "${bad.url}" }, { url: "${good.url}" }]
      passive_health_check: { failures: ${FAILURES}, within: 60, retry_after: ${RETRY_AFTER_MS / 1000} }
      retry: { attempts: 1 }
    ping_interval: ${PING_MS / 1000}
    read_timeout: ${(PING_MS + PONG_MS) / 1000}
host_rules: [{ pattern: "*", target: app }]
advanced:
  bind: "127.0.0.1"
  port: 0
  timeout: { read_timeout: ${READ_TIMEOUT_MS / 1000}, dial_timeout: 1, write_timeout: 1 }
  log: { level: info, format: json }
`,
  );
  return { proxy, log: new LogLines(proxy.program) };
}

async function ask(proxy: ProxyProcess, path = '/'): Promise<Answer> {
  try {
    const { statusCode: status, headers, body } = await request(`${proxy.origin}${path}`);
    return { status, backend: String(headers['x-backend'] ?? ''), body: await body.text() };
  } catch {
    return { status: 0, backend: '', body: '' };
  }
}

/** Asks until the log says that it is out; then all comes from the good one, until it may be tried again. */
async function askUntilOut(proxy: ProxyProcess, log: LogLines, bad: Url): Promise<Answer[]> {
  const failed: Answer[] = [];
  const out = () => log.lines.find((line) => saysOut(line, bad));
  while (out() === undefined) {
    assert.ok(failed.length <= FAILURES, 'it is not taken out');
    const answer = await ask(proxy);
    if (answer.backend !== 'good') failed.push(answer);
    else assert.equal(answer.status, 200);
    await sleep(20);
  }
  const triedAtMs = (out()?.atMs ?? 0) + RETRY_AFTER_MS;
  while (Date.now() < triedAtMs - RETRY_AFTER_MS / 2) assert.equal((await ask(proxy)).backend, 'good');
  return failed;
}

/** Asks until it has served again, which must be by the trial of the circuit. */
async function askUntilBack(proxy: ProxyProcess, log: LogLines, bad: Url, name: string): Promise<void> {
  const untilMs = performance.now() + RETRY_AFTER_MS + SLACK_MS;
  for (;;) {
    const answer = await ask(proxy);
    assert.equal(answer.status, 200);
    if (answer.backend === name) break;
    assert.ok(performance.now() < untilMs, 'it gets no work again');
    await sleep(20);
  }
  await log.wrote('it is back', (line) => saysBack(line, bad));
}

interface Case {
  readonly what: string;
  readonly badness: Badness;
  readonly status: number;
  readonly code: string;
  /** How long each takes. */
  readonly tookMs: number;
}

const HEAD = 'HTTP/1.1 200 OK\r\nX-Backend: bad\r\nContent-Length: 100\r\n\r\n';

const cases: readonly Case[] = [
  {
    what: 'accepts and never answers',
    badness: () => {},
    status: 504,
    code: 'response-timeout',
    tookMs: READ_TIMEOUT_MS,
  },
  {
    what: 'trickles its head',
    badness: (socket) => trickle(socket, `HTTP/1.1 200 OK\r\nX-Long: ${'x'.repeat(1000)}`, 200),
    status: 504,
    code: 'response-timeout',
    tookMs: READ_TIMEOUT_MS,
  },
  {
    what: 'answers garbage',
    badness: (socket) => socket.write('\x16\x03\x01 what is this?\r\n\r\n'),
    status: 502,
    code: 'bad-response',
    tookMs: 0,
  },
  { what: 'closes behind its head', badness: (socket) => socket.end(HEAD), status: 0, code: 'backend-gone', tookMs: 0 },
  {
    what: 'falls silent behind its head',
    badness: (socket) => socket.write(HEAD),
    status: 0,
    code: 'response-timeout',
    tookMs: READ_TIMEOUT_MS,
  },
];

for (const { what, badness, status, code, tookMs } of cases) {
  test(`a backend that ${what} is taken out, and brought back when it is well`, { timeout: 60_000 }, async (t) => {
    const bad = await startBadBackend(t, badness);
    const good = await BackendProcess.start(t, 'good');
    const { proxy, log } = await startPair(t, bad, good);
    const failed = await askUntilOut(proxy, log, bad);
    const lines = log.all('exchange failed').map(({ fields }) => fields);
    assert.equal(failed.length, FAILURES);
    for (const answer of failed) assert.equal(answer.status, status);
    assert.deepEqual(
      lines.map((line) => [line.backend, line.code]),
      Array.from({ length: FAILURES }, () => [bad.url, code]),
    );
    const took = lines.map((line) => Number(line.duration_ms));
    assert.ok(Math.min(...took) >= tookMs - SWEEP_MS && Math.max(...took) < tookMs + SLACK_MS, `they took ${took} ms`);
    bad.repair();
    await askUntilBack(proxy, log, bad, 'bad');
  });
}

test('a backend that trickles its body is relayed up to its end, and is no bad one', { timeout: 60_000 }, async (t) => {
  const body = 'ten bytes!';
  const head = `HTTP/1.1 200 OK\r\nX-Backend: bad\r\nContent-Length: ${body.length}\r\n\r\n`;
  const bad = await startBadBackend(t, (socket) => {
    socket.write(head);
    trickle(socket, body, (2 * READ_TIMEOUT_MS) / body.length);
  });
  const good = await BackendProcess.start(t, 'good');
  const { proxy, log } = await startPair(t, bad, good);
  const answers = await Promise.all(Array.from({ length: 2 * FAILURES + 2 }, () => ask(proxy)));
  const slow = answers.filter(({ backend }) => backend === 'bad');
  assert.deepEqual(
    slow.map((answer) => [answer.status, answer.body]),
    Array.from({ length: FAILURES + 1 }, () => [200, body]),
  );
  assert.deepEqual(
    log.lines.filter((line) => saysOut(line, bad)),
    [],
  );
});

/** The names of who is behind them, asked by a message. */
async function tunnelsBy(t: TestContext, proxy: ProxyProcess, count: number): Promise<Map<WebSocket, string>> {
  const tunnels = new Map<WebSocket, string>();
  for (let index = 0; index < count; index++) {
    let name = '';
    const socket = await openSocket(t, `${proxy.webSocketOrigin}/ws`, [], {
      finishRequest: (handshake) => {
        handshake.on('upgrade', ({ headers }) => {
          name = String(headers['x-backend']);
        });
        handshake.end();
      },
    });
    tunnels.set(socket, name);
  }
  return tunnels;
}

test('a frozen backend: requests end by read_timeout, tunnels by pings, and it comes back when it thaws', {
  timeout: 60_000,
}, async (t) => {
  const [bad, good] = [await BackendProcess.start(t, 'frozen'), await BackendProcess.start(t, 'good')];
  const { proxy, log } = await startPair(t, bad, good);
  // Connections to both idle; tunnels are open, and requests in flight.
  for (let count = 0; count < 4; count++) assert.equal((await ask(proxy)).status, 200);
  const tunnels = await tunnelsBy(t, proxy, 4);
  const [frozen = [], others = []] = [bad, good].map(({ name }) => {
    return [...tunnels].filter(([, backend]) => backend === name).map(([socket]) => socket);
  });
  assert.deepEqual([frozen.length, others.length], [2, 2]);
  const ends = frozen.map((socket) => closing(socket));
  const inFlight = [ask(proxy, '/slow/1'), ask(proxy, '/slow/2')];
  await sleep(200);
  bad.signal('SIGSTOP');
  const frozenAtMs = performance.now();

  const statuses = (await Promise.all(inFlight)).map(({ status }) => status).sort();
  assert.deepEqual(statuses, [200, 504]);
  const failed = await askUntilOut(proxy, log, bad);
  assert.deepEqual(new Set(failed.map(({ status }) => status)), new Set([504]));
  const told = await Promise.all(ends);
  assert.deepEqual(
    told,
    Array.from({ length: 2 }, () => ({ code: 1011, reason: 'backend silent' })),
  );
  const lines = log.lines.filter(({ msg, fields }) => msg === 'tunnel closed' && fields.backend === bad.url);
  assert.deepEqual(
    lines.map(({ fields }) => fields.code),
    ['backend-silent', 'backend-silent'],
  );
  const allowedMs = PING_MS + PONG_MS + SLACK_MS;
  const last = Math.max(...lines.map(({ atMs }) => atMs)) - (Date.now() - (performance.now() - frozenAtMs));
  assert.ok(last < allowedMs, `the last tunnel was ended after ${last} ms`);
  for (const socket of others) {
    const answer = nextMessage(socket);
    socket.send('still here');
    assert.equal((await answer).payload.toString(), 'still here');
  }

  bad.signal('SIGCONT');
  await askUntilBack(proxy, log, bad, 'frozen');
});
