import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { defaultMaxConnections } from '../../../src/listener/file-limit.js';

const folder = mkdtempSync(join(tmpdir(), 'toyou-'));
after(() => rmSync(folder, { recursive: true }));

function limitsFile(soft: string): string {
  const path = join(folder, 'limits');
  writeFileSync(
    path,
    `Limit                     Soft Limit           Hard Limit           Units     \n` +
      `Max processes             31                   31                   processes \n` +
      `Max open files            ${soft.padEnd(20)} 524288               files     \n`,
  );
  return path;
}

test('a client connection is counted as a bit more than two files', () => {
  for (const [limit, connections] of [
    ['1024', 471],
    ['65536', 30_146],
    ['500', 230],
    ['256', 108],
    ['42', 1],
    ['2', 1],
    ['0', 1],
  ] as const) {
    assert.equal(defaultMaxConnections(limitsFile(limit)), connections);
  }
});

test('10,000 where there is no limit or none can be read', () => {
  assert.equal(defaultMaxConnections(limitsFile('unlimited')), 10_000);
  assert.equal(defaultMaxConnections(limitsFile('many')), 10_000);
  assert.equal(defaultMaxConnections(join(folder, 'not there')), 10_000);
});
