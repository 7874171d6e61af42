import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { curl, parseAnswer } from './support/curl.js';
import { temporaryFolder } from './support/folder.js';
import { sha256 } from './support/hashing.js';
import { startNginx } from './support/nginx.js';
import { startProxy } from './support/proxy-process.js';

const MIB = 1024 * 1024;
const text = Array.from({ length: 2000 }, (_, line) => `.rule-${line} { color: #${line % 10}00 }\n`).join('');
const large = randomBytes(200 * MIB);

interface Peers {
  readonly at: (path: string) => string;
  readonly upload: string;
}

async function startPeers(t: TestContext): Promise<Peers> {
  const { url } = await startNginx(t, {
    'index.html': '<!doctype html><title>site</title>',
    'style.css': text,
    'large.bin': large,
    'page.html': 'before <!--#include virtual="/index.html" --> after',
  });
  const proxy = await startProxy(t, { services: { nginx: url }, routes: { '*': 'nginx' } });
  const upload = join(temporaryFolder(), 'upload');
  writeFileSync(upload, large.subarray(0, 20 * MIB));
  return { at: (path) => `${proxy.origin}${path}`, upload };
}

const checks: Readonly<Record<string, (peers: Peers) => Promise<void>>> = {
  async 'a large file arrives whole'({ at }) {
    const { status, body } = await curl(at('/large.bin'));
    assert.equal(status, 0);
    assert.equal(sha256(body), sha256(large));
  },

  async 'HEAD tells the length of what it does not send'({ at }) {
    const { head, body } = parseAnswer(await curl('-i', '--head', at('/large.bin')));
    assert.match(head, new RegExp(`^Content-Length: ${large.length}$`, 'm'));
    assert.equal(body.length, 0);
  },

  async 'a range is a part of it'({ at }) {
    const { status, head, body } = parseAnswer(await curl('-i', '-r', '100-299', at('/large.bin')));
    assert.equal(status, 206);
    assert.match(head, new RegExp(`^Content-Range: bytes 100-299/${large.length}$`, 'm'));
    assert.deepEqual(body, large.subarray(100, 300));
  },

  async 'two ranges come as two parts, one past the end as 416'({ at }) {
    const two = parseAnswer(await curl('-i', '-r', '0-9,1000-1009', at('/style.css')));
    assert.equal(two.status, 206);
    assert.match(two.head, /^Content-Type: multipart\/byteranges; boundary=/m);
    assert.ok(two.body.toString().includes(text.slice(1000, 1010)));
    assert.equal(parseAnswer(await curl('-i', '-r', `${large.length}-`, at('/large.bin'))).status, 416);
  },

  async 'a download goes on where it stopped'({ at }) {
    const { body } = await curl('-C', String(150 * MIB), at('/large.bin'));
    assert.equal(sha256(body), sha256(large.subarray(150 * MIB)));
  },

  async 'If-None-Match with the ETag it gave: 304 without a body, on a connection that goes on'({ at }) {
    const { head } = parseAnswer(await curl('-i', at('/index.html')));
    const etag = /^ETag: (.+)$/m.exec(head)?.[1]?.trim() ?? '';
    assert.match(etag, /^"/);
    const print = ['-o', '/dev/null', '-w', '%{http_code} %{size_download} %{num_connects}\n'];
    const again = [...print, '-H', `If-None-Match: ${etag}`, at('/index.html')];
    const { body } = await curl(...again, '--next', '-sS', ...print, at('/index.html'));
    assert.equal(body.toString(), '304 0 1\n200 34 0\n');
  },

  async 'compressed on the fly, chunked: passed on as it is'({ at }) {
    const { head, body } = parseAnswer(await curl('-i', '--compressed', at('/style.css')));
    assert.match(head, /^Content-Encoding: gzip\r?$/m);
    assert.match(head, /^Transfer-Encoding: chunked\r?$/m);
    assert.equal(body.toString(), text);
  },

  async 'server-side includes arrive whole'({ at }) {
    const { head, body } = parseAnswer(await curl('-i', at('/parts/page.html')));
    assert.match(head, /^Transfer-Encoding: chunked\r?$/m);
    assert.match(body.toString(), /^before <!doctype html>.* after$/);
  },

  async 'an upload that is too large gets its 413, announced or not, waited for or not'({ at, upload }) {
    for (const expect of ['Expect:', 'Expect: 100-continue']) {
      const sent = ['-i', '-H', expect, '--data-binary', `@${upload}`];
      const { status, body } = parseAnswer(await curl(...sent, at('/lengths')));
      assert.equal(status, 413, expect);
      assert.match(body.toString(), /nginx/);
    }
  },

  async 'errors are its own pages'({ at }) {
    const missing = parseAnswer(await curl('-i', at('/missing')));
    assert.equal(missing.status, 404);
    assert.match(missing.body.toString(), /nginx/);
    const refused = parseAnswer(await curl('-i', '-X', 'DELETE', at('/index.html')));
    assert.equal(refused.status, 405);
  },

  async 'a hundred requests one after the other, on one connection of curl'({ at }) {
    const { body } = await curl('-o', '/dev/null', '-w', '%{http_code}/%{num_connects} ', at('/index.html?[1-100]'));
    assert.equal(body.toString(), `200/1 ${'200/0 '.repeat(99)}`);
  },
};

test('nginx as a backend', async (t) => {
  const peers = await startPeers(t);
  for (const [name, check] of Object.entries(checks)) await t.test(name, { timeout: 60_000 }, () => check(peers));
});
