import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Crowd } from './support/crowd.js';
import { startHttpBackend } from './support/http-backend.js';
import { proveBounded } from './support/memory-bound.js';
import { type ProxyProcess, startProxy } from './support/proxy-process.js';
import { sleep, until } from './support/wait.js';

const OPEN_FILES = 256;
/** Half of what 256 leave beside the files of the process itself. */
const MAX_CONNECTIONS = 108;
const REQUEST = 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
const pool = 'idle_timeout: 1';

async function startLimited(t: TestContext, maxConnections?: number) {
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { url } = await startHttpBackend(t, async (request, response) => {
    if (request.url === '/hold') await released;
    response.end('here');
  });
  const proxy = await startProxy(t, {
    services: { node: url },
    routes: { '*': 'node' },
    pool,
    logLevel: 'warn',
    openFiles: OPEN_FILES,
    ...(maxConnections === undefined ? {} : { maxConnections }),
  });
  return { proxy, release };
}

/** Lines of the log with this message. */
function logged(proxy: ProxyProcess, message: string): Record<string, unknown>[] {
  const lines = proxy.program.output.split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ msg }) => msg === message);
}

/** A second of nothing but connections that wait may cost it next to nothing: it must not ask for them in a loop. */
async function proveIdle(proxy: ProxyProcess): Promise<void> {
  const before = proxy.cpuMs();
  await sleep(1000);
  const used = proxy.cpuMs() - before;
  assert.ok(used <= 200, `${used} ms of a processor in a second`);
}

async function asks(proxy: ProxyProcess, count: number): Promise<void> {
  for (let asked = 0; asked < count; asked += 1) {
    assert.equal(await (await fetch(proxy.origin, { headers: { Connection: 'close' } })).text(), 'here');
  }
}

test(`400 connections to a proxy that may open ${OPEN_FILES} files`, { timeout: 60_000 }, async (t) => {
  const { proxy } = await startLimited(t);
  const before = proxy.descriptors();
  const first = await Crowd.gather(t, proxy.port, MAX_CONNECTIONS);
  const more = await Crowd.gather(t, proxy.port, 400 - MAX_CONNECTIONS);
  await more.allClosed(2000);
  assert.deepEqual(more.answers(), { nothing: 400 - MAX_CONNECTIONS });
  assert.equal(first.open, MAX_CONNECTIONS);
  await sleep(1500);
  const warnings = logged(proxy, 'connections refused');
  assert.ok(warnings.length >= 1 && warnings.length <= 4, `${warnings.length} warnings`);
  const refused = warnings.reduce((sum, line) => sum + Number(line.refused), 0);
  assert.equal(refused, 400 - MAX_CONNECTIONS);
  // Whoever is there is served: there are files for their backends.
  for (const { socket } of first.members) socket.write(REQUEST);
  await first.allAnswered(5000);
  assert.deepEqual(first.answers(), { 200: MAX_CONNECTIONS });
  await proveIdle(proxy);
  first.leave();
  await proxy.descriptorsBackTo(before);
  await asks(proxy, 20);
});

test('connections until no file is left, where max_connections allows more', { timeout: 60_000 }, async (t) => {
  const { proxy } = await startLimited(t, 10_000);
  const before = proxy.descriptors();
  const crowd = await Crowd.gather(t, proxy.port, 400);
  await until(
    () => proxy.descriptors() >= OPEN_FILES,
    2000,
    () => `${proxy.descriptors()} files are open`,
  );
  await sleep(500);
  // Beyond the last file they are accepted and closed: nobody waits for nothing.
  assert.ok(crowd.open <= OPEN_FILES, `${crowd.open} are open`);
  await proveIdle(proxy);
  // There is no file for a backend either, and that is said.
  const open = crowd.members.filter(({ closed }) => !closed);
  for (const { socket } of open) socket.write(REQUEST);
  await until(
    () => open.every(({ receivedBytes }) => receivedBytes > 0),
    5000,
    () => 'some have no answer',
  );
  assert.ok(open.every(({ received }) => received.includes('code: out-of-files')));
  assert.deepEqual(new Set(open.map(({ answer }) => answer)), new Set(['503']));
  const codes = new Set(logged(proxy, 'exchange failed').map(({ code }) => code));
  assert.deepEqual(codes, new Set(['out-of-files']));
  crowd.leave();
  await proxy.descriptorsBackTo(before);
  await asks(proxy, 20);
});

test('no file is left because of backends that take their time', { timeout: 60_000 }, async (t) => {
  const { proxy, release } = await startLimited(t, 10_000);
  const before = proxy.descriptors();
  const crowd = await Crowd.gather(t, proxy.port, 180, (socket) => {
    socket.write('GET /hold HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  });
  await until(
    () => crowd.members.some(({ receivedBytes }) => receivedBytes > 0),
    5000,
    () => 'none is refused',
  );
  await proveIdle(proxy);
  release();
  const served = (): number => crowd.members.filter(({ answer }) => answer !== 'nothing').length;
  const gone = (): number => crowd.members.filter(({ closed, answer }) => closed && answer === 'nothing').length;
  await until(
    () => served() + gone() === 180,
    5000,
    () => `${served()} have an answer, ${gone()} were closed`,
  );
  const answers = crowd.answers();
  assert.ok((answers['200'] ?? 0) > 50, `${answers['200']} were served`);
  assert.ok((answers['503'] ?? 0) > 0, 'some were refused');
  assert.deepEqual(
    Object.keys(answers).filter((answer) => !['200', '503', 'nothing'].includes(answer)),
    [],
  );
  crowd.leave();
  await proxy.descriptorsBackTo(before);
  await asks(proxy, 20);
});

test('5,000 connections opened and reset, 2,000 half-closed', { timeout: 60_000 }, async (t) => {
  const { url } = await startHttpBackend(t, (_request, response) => response.end('here'));
  const proxy = await startProxy(t, { services: { node: url }, routes: { '*': 'node' }, pool });
  const before = proxy.descriptors();
  const storm = async (): Promise<void> => {
    await Crowd.gather(t, proxy.port, 5000, (socket, index) => {
      if (index % 2 === 1) socket.write(index % 4 === 1 ? REQUEST : REQUEST.slice(0, -2));
      socket.resetAndDestroy();
    });
    const halfClosed = await Crowd.gather(t, proxy.port, 2000, (socket, index) => {
      socket.end(index % 2 === 0 ? '' : REQUEST.slice(0, -2));
    });
    await halfClosed.allClosed(5000);
    assert.deepEqual(halfClosed.answers(), { nothing: 2000 });
    await proxy.descriptorsBackTo(before);
  };
  await storm();
  // Nothing of them stays: what is allowed for each is what they take while they are open.
  await proveBounded(t.name, proxy, { count: 7000, bytesEach: 4 * 1024 }, storm);
  await asks(proxy, 20);
});
