import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { BackendProcess } from './support/backend-process.js';
import { CHECK_INTERVAL_MS, saysBack, saysOut, startBackends, THRESHOLD } from './support/backends-stage.js';
import { HttpLoad } from './support/http-load.js';
import type { LogLine, LogLines } from './support/log-lines.js';
import { TunnelLoad } from './support/tunnel-load.js';
import { sleep, until } from './support/wait.js';

const CLIENTS = 200;
const TUNNELS = 200;
const PAUSE_MS = 200;
/** From the kill to the Close at the client. */
const TOLD_MS = 50;
/** A probe and a request, with 400 clients and five processes on the machine. */
const PROBE_MS = 1000;
/** A line's time is in whole milliseconds. */
const ROUNDING_MS = 2;

/** How long this process was ready to run and had no processor, in milliseconds. */
function ownProcessorWaitMs(): number {
  return Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[1]) / 1_000_000;
}

/** The lines of exchanges that began between two of the log and name a backend, as the last one or among the tried. */
function naming({ url }: BackendProcess, log: LogLines, out: LogLine, back: LogLine): LogLine[] {
  return log.lines.filter(({ fields, atMs }) => {
    if (fields.duration_ms === undefined) return false;
    const beganAtMs = atMs - Number(fields.duration_ms);
    const named = fields.backend === url || JSON.stringify(fields.tried ?? []).includes(`"${url}"`);
    return named && beganAtMs > out.atMs + ROUNDING_MS && atMs < back.atMs;
  });
}

test(`one of three backends is killed under ${CLIENTS} clients and ${TUNNELS} tunnels, and comes back`, {
  timeout: 60_000,
}, async (t) => {
  const { proxy, log, backends } = await startBackends(t, ['a', 'b', 'c']);
  const [, victim] = backends;
  assert.ok(victim !== undefined);
  const http = new HttpLoad(t, proxy.origin, CLIENTS, PAUSE_MS);
  const tunnels = new TunnelLoad(t, proxy.webSocketOrigin, TUNNELS, PAUSE_MS);
  await tunnels.allOpen(TUNNELS);
  await sleep(2000);
  const before = tunnels.open;
  assert.deepEqual(Object.keys(before).sort(), ['a', 'b', 'c']);

  // Killed: measured from before the signal, so that the death itself counts too.
  const killedAtMs = performance.now();
  const waited = proxy.processorWaitMs() + ownProcessorWaitMs();
  victim.signal('SIGKILL');
  await until(
    () => tunnels.ended.length >= (before.b ?? 0),
    10_000,
    () => `${tunnels.ended.length} of ${before.b} tunnels have ended`,
  );
  const scarce = proxy.processorWaitMs() + ownProcessorWaitMs() - waited;
  assert.equal(await victim.ended(), 'SIGKILL');
  const out = await log.wrote('it is out', (line) => saysOut(line, victim));
  await log.wrote('it is unhealthy', ({ msg, fields }) => msg === 'backend unhealthy' && fields.backend === victim.url);
  await tunnels.allOpen(TUNNELS);
  const worst = Math.max(...tunnels.ended.map(({ toldAtMs }) => toldAtMs)) - killedAtMs;
  console.log(
    `backend-kill: ${tunnels.ended.length} tunnels told within ${worst.toFixed(1)} ms, ${scarce.toFixed(1)} ms without a processor`,
  );
  assert.deepEqual(new Set(tunnels.ended.map(({ backend, code }) => `${backend} ${code}`)), new Set(['b 1011']));
  assert.equal(tunnels.ended.length, before.b);
  assert.ok(worst < TOLD_MS + scarce, `the last client was told after ${worst} ms`);
  assert.equal(tunnels.open.b, undefined);
  const goneAtMs = performance.now();
  await sleep(2000);
  assert.deepEqual(Object.keys(http.since(goneAtMs)).sort(), ['a', 'c']);

  // Back on the same port.
  const here = log.lines.length;
  await victim.startAgain();
  const startedAtMs = performance.now();
  const back = await log.wrote('it is back', (line) => saysBack(line, victim), here);
  await until(
    () => http.since(startedAtMs).b !== undefined,
    10_000,
    () => 'it gets no work',
  );
  const tookMs =
    (http.served.find(({ backend, atMs }) => backend === 'b' && atMs > startedAtMs)?.atMs ?? 0) - startedAtMs;
  await sleep(1000);
  await Promise.all([http.stop(), tunnels.stop()]);
  console.log(
    `backend-kill: work again after ${tookMs.toFixed(0)} ms; ${http.served.length} requests, ${tunnels.messages} messages`,
  );
  assert.ok(tookMs < THRESHOLD * CHECK_INTERVAL_MS * 1.1 + PROBE_MS, `work again after ${tookMs} ms`);
  assert.deepEqual(naming(victim, log, out, back), []);
  const retried = log.lines.filter(({ fields }) => JSON.stringify(fields.tried ?? []).includes(`"${victim.url}"`));
  assert.ok(retried.length > 0, 'requests met the death, and were served elsewhere');
  assert.deepEqual(http.failed.slice(0, 5), []);
  assert.deepEqual(tunnels.failed.slice(0, 5), []);
  assert.equal(tunnels.ended.length, before.b, 'nobody else was ended');
  assert.ok(http.served.length > 500 && tunnels.messages > 500);
  const drained = await proxy.drained();
  assert.equal(drained.status, 0, proxy.program.output);
});
