import { writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type TestContext, test } from 'node:test';
import * as zlib from 'node:zlib';
import { type Bursts, readInBursts } from './support/bursts.js';
import { provesFlat } from './support/flat-memory.js';
import { temporaryFolder } from './support/folder.js';
import { ByteSeries } from './support/hashing.js';
import { startHttpBackend } from './support/http-backend.js';
import { ANSWERS_WHAT_IT_KEEPS } from './support/kept-memory.js';
import { configurationOf, type ProxyProcess, startCommand } from './support/proxy-process.js';

const bursts: Bursts = { bytes: 32 * 1024 * 1024, pauseMs: 150 };
/** The processor is the limit here: a GiB of chance takes brotli 20 s, and gzip, which keeps less, a minute. */
const timeout = 600_000;

/** Texts that are found, and replaced by themselves: what comes is what was sent. */
const replace = 'replace, config: { rules: [{ from: ab, to: ab }, { from: "c\\n", to: "c\\n" }] }';

async function proxyWith(t: TestContext, middleware: string, url: string): Promise<ProxyProcess> {
  const file = join(temporaryFolder(), 'proxy.yaml');
  const setup = configurationOf({ services: { node: url }, routes: { '*': 'node' } });
  writeFileSync(file, `${setup}middlewares:\n  - { name: ${middleware} }\n`);
  return startCommand(t, ['run', '-c', file], ANSWERS_WHAT_IT_KEEPS);
}

function* pieces(series: ByteSeries): Generator<Buffer> {
  for (let piece = series.next(256 * 1024); piece.length > 0; piece = series.next(256 * 1024)) yield piece;
}

/** A download whose body the proxy changes, by a reader that pauses again and again. */
async function downloads(t: TestContext, middleware: string, encoded: boolean): Promise<void> {
  let sent = new ByteSeries(0);
  const { url } = await startHttpBackend(t, (request, response) => {
    const bytes = Number(request.url?.slice(1));
    sent = new ByteSeries(bytes);
    response.writeHead(200, { 'Content-Length': bytes, 'Content-Type': 'text/plain' });
    void pipeline(pieces(sent), response).catch(() => {});
  });
  const proxy = await proxyWith(t, middleware, url);
  await provesFlat(t, proxy, async (bytes) => {
    const headers = encoded ? { 'Accept-Encoding': 'br' } : {};
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      http.get(`${proxy.origin}/${bytes}`, { headers }, resolve).on('error', reject);
    });
    if (!encoded) return { sent, received: await readInBursts(response, bursts) };
    const decoded = zlib.createBrotliDecompress();
    const whole = pipeline(response, decoded);
    const received = await readInBursts(decoded, bursts);
    await whole;
    return { sent, received };
  });
}

test('1 GiB through compress, by a slow reader', { timeout }, (t) => downloads(t, 'compress', true));
test('1 GiB through replace, by a slow reader', { timeout }, (t) => downloads(t, replace, false));
