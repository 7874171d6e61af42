import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Program, plainEnvironment } from './support/program.js';
import { root } from './support/repository.js';

const folder = join(root, 'build/test/behaviour');

/** Not those that bring links or TLS of their own, nor those that ask nothing of a connection. */
const apart = new Set(['interruptions.test.js', 'proxy-protocol.test.js', 'explain.test.js', 'reload-memory.test.js']);

function suites(): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.test.js') && !apart.has(name));
  return names.map((name) => join(folder, name));
}

for (const [variant, meaning] of [
  ['in', 'clients in TLS, backends in plain'],
  ['out', 'clients in plain, backends in TLS'],
  ['both', 'TLS on both sides'],
] as const) {
  test(`every behaviour, with ${meaning}`, { timeout: 400_000 }, async (t) => {
    const files = suites();
    assert.ok(files.length > 30, `${files.length} suites`);
    const args = ['--test', '--test-concurrency=2', '--test-timeout=300000', '--test-reporter=tap', ...files];
    const env = { ...plainEnvironment(), TOYOU_TLS: variant };
    const run = new Program(process.execPath, args, { env });
    t.after(() => run.kill());
    const { status } = await run.ended();
    const failed = run.output.match(/^ *not ok .*(?:\n(?! *(?:not )?ok).*){0,20}/gm) ?? [];
    assert.equal(status, 0, failed.join('\n'));
    assert.match(run.output, /# fail 0/);
  });
}
