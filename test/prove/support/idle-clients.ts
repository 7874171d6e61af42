import { openUpgraded } from './raw-upgrade.js';
import { inParallel } from './wait.js';

/**
 * A process of its own: opens as many tunnels as it is told, and waits. Once each was told to close it says with which
 * codes, and how long after the first each came, in milliseconds.
 */
const CLOSE = 0x88;
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

await inParallel(count ?? 0, AT_ONCE, async (index) => {
  const socket = await openUpgraded(port ?? 0, `/${index}`);
  let told = false;
  socket.on('data', (frame: Buffer) => {
    if (told || frame[0] !== CLOSE) return;
    told = true;
    ended(`${frame.readUInt16BE(2)} ${frame.subarray(4).toString()}`);
    socket.end(ANSWER);
  });
  socket.on('close', () => {
    if (!told) ended('none');
  });
  socket.resume();
});
console.log(`opened ${count}`);
process.on('SIGTERM', () => process.exit(0));
