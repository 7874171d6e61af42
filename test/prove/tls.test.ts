import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { WebSocketServer } from 'ws';
import { startBrowser } from './support/browser.js';
import { curl, parseAnswer } from './support/curl.js';
import { temporaryFolder } from './support/folder.js';
import { sha256 } from './support/hashing.js';
import { startSecureBackend } from './support/http-backend.js';
import { type ProxyProcess, startProxy } from './support/proxy-process.js';
import { echoRequest, parseSeen } from './support/request-echo.js';
import { type LoopbackTls, loopbackTls } from './support/tls.js';

const PAGE = '<!doctype html><title>secure</title><link rel="icon" href="data:,">';

/** TLS on both sides. */
async function start(t: TestContext): Promise<{ proxy: ProxyProcess; loopback: LoopbackTls }> {
  const loopback = await loopbackTls();
  const { server, url } = await startSecureBackend(t, loopback.identity, (request, response) => {
    if (request.url === '/page') response.writeHead(200, { 'Content-Type': 'text/html' }).end(PAGE);
    else echoRequest(request, response);
  });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => socket.on('message', (payload, binary) => socket.send(payload, { binary })));
  const { rule: hostRule, service } = loopback;
  const proxy = await startProxy(t, { services: { node: url }, routes: { '*': 'node' }, hostRule, service });
  return { proxy, loopback };
}

test('curl over TLS on both sides: verified, http/1.1, 20 MiB each way whole', { timeout: 60_000 }, async (t) => {
  const { proxy, loopback } = await start(t);
  const { caFile } = loopback.folder;
  const origin = `https://127.0.0.1:${proxy.port}`;
  assert.equal((await curl(`${origin}/`)).status, 60, 'without the authority curl refuses');
  const content = randomBytes(20 * 1024 * 1024);
  const file = join(temporaryFolder(), 'upload');
  writeFileSync(file, content);
  for (const version of ['--tlsv1.3', '--tls-max=1.2']) {
    const [option = '', value] = version.split('=');
    const only = value === undefined ? [option] : [option, value];
    const end = await curl('--cacert', caFile, ...only, '--http2', '-i', '-H', 'Expect:', '-T', file, `${origin}/`);
    assert.equal(end.status, 0, end.error);
    const seen = parseSeen(parseAnswer(end).body);
    assert.equal(seen.sha256, sha256(content));
    assert.equal(seen.headers['x-forwarded-proto'], 'https');
  }
});

/** What `openssl s_client` says of a handshake. */
function sClient(port: number, ...args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const command = ['s_client', '-connect', `127.0.0.1:${port}`, '-servername', 'localhost', ...args];
    const child = execFile('openssl', command, { timeout: 20_000 }, (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    );
    child.stdin?.end();
  });
}

test('openssl s_client: versions, ALPN, verification, no renegotiation', { timeout: 60_000 }, async (t) => {
  const { proxy, loopback } = await start(t);
  const ca = ['-CAfile', loopback.folder.caFile, '-verify_return_error'];
  for (const [option, version] of [
    ['-tls1_2', 'TLSv1.2'],
    ['-tls1_3', 'TLSv1.3'],
  ] as const) {
    const said = await sClient(proxy.port, option, ...ca, '-alpn', 'h2,http/1.1');
    assert.match(
      said,
      new RegExp(`${version.replace('.', '\\.')}, Cipher is TLS_|${version.replace('.', '\\.')}, Cipher is ECDHE`),
    );
    assert.match(said, /ALPN protocol: http\/1\.1/);
    assert.match(said, /Verify return code: 0 \(ok\)/);
  }
  assert.match(await sClient(proxy.port, '-tls1_2', ...ca), /Secure Renegotiation IS supported/);
  assert.match(await sClient(proxy.port, '-tls1_1', '-cipher', 'DEFAULT@SECLEVEL=0'), /alert protocol version/);
  assert.match(await sClient(proxy.port, '-alpn', 'h2'), /no application protocol/);
});

test('Chromium over wss and https, nothing complains', { timeout: 90_000 }, async (t) => {
  const { proxy, loopback } = await start(t);
  const spki = new X509Certificate(loopback.identity.cert).publicKey.export({ type: 'spki', format: 'der' });
  const known = createHash('sha256').update(spki).digest('base64');
  const { page, complaints } = await startBrowser(t, [`--ignore-certificate-errors-spki-list=${known}`]);
  const response = await page.goto(`https://127.0.0.1:${proxy.port}/page`);
  assert.equal((await response?.securityDetails())?.protocol, 'TLS 1.3');
  const echoed = await page.evaluate(() => {
    return new Promise<{ text: boolean; bytes: number }>((resolve, reject) => {
      const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/ws`);
      const text = '世界 '.repeat(50_000);
      socket.binaryType = 'arraybuffer';
      socket.onopen = () => {
        socket.send(text);
        socket.send(new Uint8Array(3_000_000));
      };
      const seen = { text: false, bytes: 0 };
      socket.onmessage = ({ data }) => {
        if (typeof data === 'string') seen.text = data === text;
        else seen.bytes = data.byteLength;
        if (seen.bytes > 0) resolve(seen);
      };
      socket.onerror = () => reject(new Error('the socket failed'));
    });
  });
  assert.deepEqual(echoed, { text: true, bytes: 3_000_000 });
  assert.deepEqual(complaints, []);
});
