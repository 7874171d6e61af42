import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { curl, parseAnswer } from './support/curl.js';
import { temporaryFolder } from './support/folder.js';
import { freePort } from './support/nginx.js';
import { Program } from './support/program.js';
import { root } from './support/repository.js';

const UP_WITHIN_MS = 60_000;

test('a fresh clone: npm start installs, builds and serves; SIGTERM ends it', { timeout: 120_000 }, async (t) => {
  const clone = join(temporaryFolder(), 'clone');
  // What is committed, and nothing else: a file that was forgotten is missing here.
  const git = new Program('git', ['clone', '--quiet', '--local', root, clone]);
  t.after(() => git.kill());
  const { status } = await git.ended();
  assert.equal(status, 0, git.output);

  const port = await freePort();
  const from = performance.now();
  const started = new Program('npm', ['start', '--', '--port', String(port)], { cwd: clone, group: true });
  t.after(() => started.kill());
  await started.wrote(/listening on /, UP_WITHIN_MS);
  console.log(`clone: up in ${((performance.now() - from) / 1000).toFixed(1)} s`);

  const at = `http://127.0.0.1:${port}`;
  const page = parseAnswer(await curl('-i', `${at}/`));
  assert.equal(page.status, 200);
  assert.match(page.body.toString(), /toyou-proxy demo/);
  const events = await curl('-N', '--max-time', '3', `${at}/events`);
  assert.equal(events.status, 28);
  assert.ok((events.body.toString().match(/^data: /gm)?.length ?? 0) >= 2, events.body.toString());

  const before = performance.now();
  // To the proxy itself: the shell between npm and it would end by the signal, and so would npm.
  process.kill(youngest(started.pid), 'SIGTERM');
  const end = await started.ended();
  assert.deepEqual(end, { status: 0, signal: null }, started.output);
  assert.ok(performance.now() - before < 10_000);
});

/** The process at the end of the line of children: npm, its shell, node. */
function youngest(pid: number): number {
  for (const entry of readdirSync('/proc')) {
    if (/^\d+$/.test(entry) && parentOf(entry) === pid) return youngest(Number(entry));
  }
  return pid;
}

function parentOf(pid: string): number {
  try {
    return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return 0; // it ended meanwhile
  }
}
