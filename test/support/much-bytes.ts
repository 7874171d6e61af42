import { setTimeout as after } from 'node:timers/promises';
import { throughLinks } from './faults/test-links.js';
import type { RawPeer } from './raw-peer.js';
import { settled } from './turns.js';

/** More than the kernel's buffers take between two ends: there are twice as many where fault proxies stand between. */
export const MUCH_BYTES = (throughLinks ? 64 : 32) * 1024 * 1024;

/** Turns in which every buffer between the two ends fills, under TLS on both sides too. */
const TURNS_TO_FILL = 3_000;
/** Fault proxies have delays of their own: no number of turns is enough for these. */
const STANDS_STILL_MS = 500;

/** Waits until every buffer behind somebody who sends {@link MUCH_BYTES} is full, and nothing moves any more. */
export async function buffersFilled(sender: RawPeer): Promise<void> {
  await settled(TURNS_TO_FILL);
  for (let before = Number.NaN; throughLinks && sender.unsentBytes !== before; ) {
    before = sender.unsentBytes;
    await after(STANDS_STILL_MS);
  }
}
