import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { FrameJudge, frameBytes } from '../../support/simulation/frame-judge.js';
import { openUpgraded } from './raw-upgrade.js';
import { inParallel } from './wait.js';

/**
 * A process of its own: opens as many tunnels as it is told, answers pings, and waits. Once each was told to close it
 * says with which codes, and how long after the first each came, in milliseconds.
 */
const [CLOSE, PING, PONG] = [8, 9, 10];
/** A Close without a code, masked with 0. */
const ANSWER = Buffer.from('888000000000', 'hex');
const AT_ONCE = 100;

const [port, count] = process.argv.slice(2).map(Number);
const codes: Record<string, number> = {};
const afterMs: number[] = [];
let firstAtMs = 0;

function ended(code: string): void {
  codes[code] = (codes[code] ?? 0) + 1;
  if (firstAtMs === 0) firstAtMs = Date.now();
  afterMs.push(Date.now() - firstAtMs);
  if (afterMs.length === count) console.log(`closed ${JSON.stringify({ codes, firstAtMs, afterMs })} end`);
}

function answer(socket: Socket): void {
  const frames = new FrameJudge(false);
  let told = false;
  socket.on('data', (bytes: Buffer) => {
    for (const { opcode, payload } of frames.feed(bytes)) {
      if (opcode === PING) socket.write(frameBytes(PONG, payload, true, randomBytes(4)));
      if (opcode !== CLOSE) continue;
      told = true;
      ended(`${payload.readUInt16BE(0)} ${payload.subarray(2).toString()}`);
      socket.end(ANSWER);
    }
  });
  socket.on('close', () => {
    if (!told) ended('none');
  });
  socket.resume();
}

await inParallel(count ?? 0, AT_ONCE, async (index) => answer(await openUpgraded(port ?? 0, `/${index}`)));
console.log(`opened ${count}`);
process.on('SIGTERM', () => process.exit(0));
