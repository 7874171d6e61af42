import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { curl, parseAnswer } from './support/curl.js';
import { temporaryFolder } from './support/folder.js';
import { sha256 } from './support/hashing.js';
import { startHttpBackend } from './support/http-backend.js';
import { type ProxyProcess, startProxy } from './support/proxy-process.js';
import { echoRequest, parseSeen } from './support/request-echo.js';
import { until } from './support/wait.js';

const MIB = 1024 * 1024;

interface Peers {
  readonly proxy: ProxyProcess;
  readonly at: (path: string) => string;
  /** A file of 20 MiB, and its hash. */
  readonly file: string;
  readonly hash: string;
  /** Requests that wait for an answer that never comes. */
  readonly silent: Set<string>;
}

async function startPeers(t: TestContext): Promise<Peers> {
  const silent = new Set<string>();
  const { server, url } = await startHttpBackend(t, (request, response) => {
    const path = request.url ?? '';
    if (path.startsWith('/silent')) {
      silent.add(path);
      response.on('close', () => silent.delete(path));
    } else if (path.startsWith('/chunked')) {
      for (let line = 0; line < 100; line += 1) response.write(`line ${line}\n`);
      response.end();
    } else {
      echoRequest(request, response);
    }
  });
  server.on('checkContinue', (request, response) => {
    if (request.url?.startsWith('/refuse') === true) {
      response.writeHead(401, { 'Content-Length': 7 }).end('not you');
      return;
    }
    response.writeContinue();
    echoRequest(request, response);
  });
  const proxy = await startProxy(t, { services: { node: url }, routes: { '*': 'node' } });
  const file = join(temporaryFolder(), 'upload');
  const content = randomBytes(20 * MIB);
  writeFileSync(file, content);
  return { proxy, at: (path) => `${proxy.origin}${path}`, file, hash: sha256(content), silent };
}

const checks: Readonly<Record<string, (peers: Peers) => Promise<void>>> = {
  async 'a request has the fields of this hop and the body of the response its bytes'({ at }) {
    const { status, body } = await curl('-H', 'X-Test: 1', at('/a%2Fb?c=%20'));
    assert.equal(status, 0);
    const seen = parseSeen(body);
    assert.equal(seen.url, '/a%2Fb?c=%20');
    assert.equal(seen.headers['x-test'], '1');
    assert.equal(seen.headers['x-forwarded-for'], '127.0.0.1');
  },

  async 'HEAD has the head and nothing behind it'({ at }) {
    const answer = parseAnswer(await curl('-i', '--head', at('/')));
    assert.equal(answer.status, 200);
    assert.equal(answer.body.length, 0);
  },

  async 'an upload with a length arrives whole'({ at, file, hash }) {
    const { body } = await curl('-H', 'Expect:', '--data-binary', `@${file}`, at('/'));
    const seen = parseSeen(body);
    assert.equal(seen.headers['content-length'], String(20 * MIB));
    assert.equal(seen.sha256, hash);
  },

  async 'a chunked upload arrives whole, and chunked'({ at, file, hash }) {
    const { body } = await curl('-H', 'Transfer-Encoding: chunked', '-H', 'Expect:', '-T', file, at('/'));
    const seen = parseSeen(body);
    assert.equal(seen.method, 'PUT');
    assert.equal(seen.headers['transfer-encoding'], 'chunked');
    assert.equal(seen.headers['content-length'], undefined);
    assert.equal(seen.sha256, hash);
  },

  async 'Expect: 100-continue is answered by the backend, then the upload goes'({ at, file, hash }) {
    // curl would wait a minute for the 100 if it did not come.
    const wait = ['--expect100-timeout', '50'];
    const end = await curl('-i', ...wait, '-H', 'Expect: 100-continue', '--data-binary', `@${file}`, at('/'));
    assert.equal(end.status, 0);
    assert.match(end.body.toString('latin1'), /^HTTP\/1\.1 100 /);
    assert.equal(parseSeen(parseAnswer(end).body).sha256, hash);
  },

  async 'Expect: 100-continue refused by the backend: its answer, and no upload'({ at, file }) {
    const wait = ['--expect100-timeout', '50', '-w', '\n%{size_upload}'];
    const end = await curl('-i', ...wait, '-H', 'Expect: 100-continue', '--data-binary', `@${file}`, at('/refuse'));
    const answer = parseAnswer(end);
    assert.equal(answer.status, 401);
    assert.equal(answer.body.toString(), 'not you\n0');
  },

  async 'two requests use one connection'({ at }) {
    const count = ['-o', '/dev/null', '-w', '%{num_connects} %{http_code}\n'];
    const { body } = await curl(...count, at('/1'), '--next', '-sS', ...count, at('/2'));
    assert.equal(body.toString(), '1 200\n0 200\n');
  },

  async 'HTTP/1.0 gets a chunked response without chunks, up to the end of the connection'({ at }) {
    const { status, head, body } = parseAnswer(await curl('-i', '-0', at('/chunked')));
    assert.equal(status, 200);
    assert.doesNotMatch(head, /transfer-encoding/i);
    assert.match(head, /connection: close/i);
    const lines = body.toString().trim().split('\n');
    assert.equal(lines.length, 100);
    assert.equal(lines[99], 'line 99');
  },

  async 'HTTP/1.0 uploads with a length'({ at, file, hash }) {
    const { body } = await curl('-0', '--data-binary', `@${file}`, at('/'));
    assert.equal(parseSeen(body).sha256, hash);
  },

  async 'curl that gives up frees the backend'({ at, silent }) {
    const { status } = await curl('--max-time', '0.5', at('/silent/1'));
    assert.equal(status, 28);
    await until(
      () => silent.size === 0,
      1000,
      () => 'the backend still serves it',
    );
  },

  async 'many at once, from one curl, each its own answer'({ at }) {
    const { body, status } = await curl('--parallel', '--parallel-max', '50', at('/n/[1-500]'));
    assert.equal(status, 0);
    const urls = body.toString().match(/"url":"\/n\/\d+"/g) ?? [];
    assert.equal(new Set(urls).size, 500);
  },
};

test('curl', async (t) => {
  const peers = await startPeers(t);
  for (const [name, check] of Object.entries(checks)) await t.test(name, { timeout: 60_000 }, () => check(peers));
});
