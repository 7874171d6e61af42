import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders: string[] = [];

/** A folder of the test's own, removed when this process ends: by then nothing that was started writes to it. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'toyou-prove-'));
  folders.push(folder);
  return folder;
}

process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
});
