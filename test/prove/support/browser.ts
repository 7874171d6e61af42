import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'node:test';
import { chromium, type Page } from 'playwright-core';
import { temporaryFolder } from './folder.js';

/** Nothing of its own on the network, and no QUIC. */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface Browser {
  readonly page: Page;
  /** What the page complained of: errors on its console, exceptions, requests that failed. */
  readonly complaints: string[];
}

/** @param more further arguments. Chromium with a profile of its own and an empty page, closed behind the test. */
export async function startBrowser(t: TestContext, more: readonly string[] = []): Promise<Browser> {
  const profile = temporaryFolder();
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: chromiumFile(),
    headless: true,
    acceptDownloads: true,
    args: [...args, ...more],
  });
  t.after(() => context.close());
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(15_000);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText;
    // What the page itself gave up: a stream on a reload, a navigation that became a download.
    if (reason !== 'net::ERR_ABORTED') complaints.push(`${request.url()}: ${reason}`);
  });
  return { page, complaints };
}

function chromiumFile(): string {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), '/usr/bin']) {
    try {
      const file = join(folder, 'chromium');
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not here.
    }
  }
  throw new Error('chromium is not on the PATH');
}
