import assert from 'node:assert/strict';
import http from 'node:http';
import type { TestContext } from 'node:test';
import type { WebSocket } from 'ws';
import { nextMessage, openSocket } from './messages.js';
import type { ProxyProcess } from './proxy-process.js';
import { sleep } from './wait.js';

const ASKING = 10;
/** How many files of the proxy they keep open: theirs, and as many of backends. */
export const BYSTANDERS_FILES = 2 * ASKING;
const ROUND_MS = 700;
const PAUSE_MS = 20;
const PAIRS = 3;
/** Below this the p99 of a client is what the timers and the other processes of the machine make of it. */
const LEAST_MS = 20;
/** Others may double what is left of the machine, and the load comes from this very process: not more than that. */
const ALLOWED_RATIO = 4;

/**
 * For floods of the smallest things there are, which are bounded by what is looked at in a turn: up to 256 KiB of each
 * peer, 10 ms for tiny frames and 25 ms for tiny chunks on a slow core.
 */
export const FLOOD_RATIO = 15;

/** Asks once and waits for the whole answer; rejects where it is not as it should be. */
export type Ask = () => Promise<void>;

/** Clients that behave, each on a connection of its own that is kept open. */
export function wellBehavedClients(t: TestContext, proxy: ProxyProcess, path = '/'): Ask[] {
  return Array.from({ length: ASKING }, () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    t.after(() => agent.destroy());
    return () => {
      return new Promise((resolve, reject) => {
        const request = http.get(`${proxy.origin}${path}`, { agent }, (response) => {
          response.resume().on('end', () => {
            if (response.statusCode === 200) resolve();
            else reject(new Error(`a well-behaved client got ${response.statusCode}`));
          });
          response.on('error', reject);
        });
        request.on('error', reject);
      });
    };
  });
}

/** Tunnels to an echo that send a message and wait until it is back. */
export async function wellBehavedTunnels(t: TestContext, proxy: ProxyProcess, path = '/'): Promise<Ask[]> {
  const sockets: WebSocket[] = [];
  for (let index = 0; index < ASKING; index += 1) sockets.push(await openSocket(t, `${proxy.webSocketOrigin}${path}`));
  return sockets.map((socket) => async () => {
    const answer = nextMessage(socket);
    socket.send('are you there?');
    assert.equal((await answer).payload.toString(), 'are you there?');
  });
}

/** All ask for a while, each again 20 ms after its answer. @returns the p99 in ms */
export async function p99(asks: readonly Ask[]): Promise<number> {
  const times: number[] = [];
  const untilMs = performance.now() + ROUND_MS;
  const keepAsking = async (ask: Ask, index: number): Promise<void> => {
    await sleep(index * 2);
    while (performance.now() < untilMs) {
      const from = performance.now();
      await ask();
      times.push(performance.now() - from);
      await sleep(PAUSE_MS);
    }
  };
  await Promise.all(asks.map(keepAsking));
  times.sort((a, b) => a - b);
  return times[Math.floor(times.length * 0.99)] ?? Infinity;
}

/**
 * Rounds without and with the abuse follow each other, and each pair makes a ratio: what the machine does besides meets
 * both. The median of three pairs counts. No request of a bystander may fail in any.
 * @param abuse begins it; what it returns ends it and waits until it is over
 */
export async function proveUndisturbed(
  t: TestContext,
  asks: readonly Ask[],
  abuse: () => Promise<() => Promise<void>>,
  allowedRatio = ALLOWED_RATIO,
): Promise<void> {
  await p99(asks);
  const pairs: { alone: number; beside: number }[] = [];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const alone = await p99(asks);
    const end = await abuse();
    pairs.push({ alone, beside: await p99(asks) });
    await end();
  }
  const ratios = pairs.map(({ alone, beside }) => beside / Math.max(alone, LEAST_MS)).sort((a, b) => a - b);
  const ratio = ratios[PAIRS >> 1] ?? Infinity;
  const shown = pairs.map(({ alone, beside }) => `${alone.toFixed(1)}/${beside.toFixed(1)}`).join(' ');
  console.log(`${t.name}: p99 in ms, alone/beside: ${shown}; ratio ${ratio.toFixed(2)}`);
  assert.ok(ratio <= allowedRatio, `the ratio is ${ratio.toFixed(2)}`);
}
