import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { sha256 } from './support/hashing.js';
import { listenOnLoopback, startHttpBackend } from './support/http-backend.js';
import { startNginx } from './support/nginx.js';
import { startProxy } from './support/proxy-process.js';
import { chosenSeed, type Random, seededRandom } from './support/random.js';
import { acceptUpgrade, upgradeHead } from './support/raw-upgrade.js';
import { echoRequest } from './support/request-echo.js';
import { inParallel, sleep } from './support/wait.js';

const RESETS = 1000;
/** A masked frame that says hello. */
const HELLO_BYTES = 11;
const pool = 'idle_timeout: 1';

test('a backend killed in mid-response: every client sees that its download is not whole', {
  timeout: 60_000,
}, async (t) => {
  const nginx = await startNginx(t, { 'index.html': 'site', 'large.bin': randomBytes(8 * 1024 * 1024) });
  const { url } = await startHttpBackend(t, (_request, response) => response.end('here'));
  const services = { nginx: nginx.url, node: url };
  const proxy = await startProxy(t, { services, routes: { '/here': 'node', '*': 'nginx' }, pool });
  await (await fetch(`${proxy.origin}/here`)).text();
  const before = proxy.descriptors();

  const downloads = Array.from({ length: 20 }, async () => {
    const response = await fetch(`${proxy.origin}/slow/large.bin`);
    assert.equal(response.status, 200);
    return response.arrayBuffer();
  });
  const ends = Promise.allSettled(downloads);
  await sleep(1000);
  nginx.program.signal('SIGKILL');
  for (const end of await ends) assert.equal(end.status, 'rejected', 'a truncated download looks whole');

  const refused = await fetch(`${proxy.origin}/index.html`);
  assert.equal(refused.status, 502);
  await refused.text();
  assert.equal(await (await fetch(`${proxy.origin}/here`)).text(), 'here');
  await proxy.descriptorsBackTo(before);
});

/** What a client may be in the midst of when it is gone. */
function clientTexts(random: Random): Buffer[] {
  const body = randomBytes(2000 + Math.floor(random() * 100_000));
  const post = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n`;
  const chunked = `PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n`;
  const get = 'GET / HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n';
  return [
    Buffer.from(get.repeat(3)),
    Buffer.concat([Buffer.from(post), body]),
    Buffer.concat([Buffer.from(chunked), body, Buffer.from('\r\n0\r\n\r\n')]),
    Buffer.concat([Buffer.from(upgradeHead('/')), Buffer.from('818500000000', 'hex'), Buffer.from('hello')]),
  ];
}

test(`${RESETS} clients that reset inside a request or a handshake`, { timeout: 120_000 }, async (t) => {
  const random = seededRandom(chosenSeed('client resets'));
  const { server, url } = await startHttpBackend(t, echoRequest);
  server.on('upgrade', (request, socket) => {
    acceptUpgrade(request, socket);
    let seen = Buffer.alloc(0);
    socket.on('data', (piece: Buffer) => {
      seen = Buffer.concat([seen, piece]);
      if (seen.length === HELLO_BYTES) socket.write(Buffer.from('810568656c6c6f', 'hex'));
      // The proxy's Close, where the client went at a boundary of frames.
      if (seen[0] === 0x88 || seen.length > HELLO_BYTES) socket.end();
    });
    socket.on('end', () => socket.end());
  });
  const proxy = await startProxy(t, { services: { node: url }, routes: { '*': 'node' }, pool });
  await (await fetch(proxy.origin)).text();
  const before = proxy.descriptors();

  await inParallel(RESETS, 50, async (index) => {
    const text = clientTexts(random)[index % 4] ?? Buffer.alloc(0);
    // Half of them inside the first 300 bytes, where the heads are.
    const at = Math.floor(random() * (index % 8 < 4 ? Math.min(300, text.length) : text.length + 1));
    const socket = net.connect(proxy.port, '127.0.0.1');
    t.after(() => socket.destroy());
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.write(text.subarray(0, at));
    await sleep(random() * 5);
    if (index % 5 === 0) socket.destroy();
    else socket.resetAndDestroy();
  });
  assert.ok(proxy.program.alive);
  await proxy.descriptorsBackTo(before);
  assert.equal((await fetch(proxy.origin)).status, 200);
});

test(`${RESETS} backends that reset inside their response: whole, or seen not to be`, {
  timeout: 120_000,
}, async (t) => {
  const random = seededRandom(chosenSeed('backend resets'));
  const body = randomBytes(30_000).toString('hex');
  const length = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const half = body.length / 2;
  const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;
  const chunks = `${chunk(body.slice(0, half))}${chunk(body.slice(half))}0\r\n\r\n`;
  const chunked = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`;
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => {
      const text = random() < 0.5 ? length : chunked;
      const at = random() < 0.2 ? text.length : Math.floor(random() * (random() < 0.5 ? 200 : text.length));
      socket.write(text.slice(0, at), () => {
        if (at >= text.length) return;
        if (random() < 0.5) socket.resetAndDestroy();
        else socket.end();
      });
    });
  });
  const { port } = await listenOnLoopback(server);
  t.after(() => server.close());
  const proxy = await startProxy(t, { services: { raw: `http://127.0.0.1:${port}` }, routes: { '*': 'raw' }, pool });
  const before = proxy.descriptors();

  const ends = { whole: 0, cut: 0, refused: 0 };
  await inParallel(RESETS, 50, async () => {
    try {
      const response = await fetch(proxy.origin);
      const text = await response.text();
      if (response.status === 200) assert.equal(sha256(text), sha256(body), 'a truncated response looks whole');
      else assert.equal(response.status, 502);
      ends[response.status === 200 ? 'whole' : 'refused'] += 1;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      ends.cut += 1;
    }
  });
  console.log(`backend resets: ${JSON.stringify(ends)}`);
  assert.ok(ends.whole > 0 && ends.cut > 0 && ends.refused > 0);
  assert.ok(proxy.program.alive);
  await proxy.descriptorsBackTo(before);
});
