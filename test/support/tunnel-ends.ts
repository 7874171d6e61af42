import assert from 'node:assert/strict';
import type { Expiry } from '../../src/exchange/expiry.js';
import type { TunnelSettings } from '../../src/exchange/tunnel-policy.js';
import { heldTunnels } from './held-tunnels.js';
import type { RawBackend } from './raw-backend.js';
import type { RawPeer } from './raw-peer.js';
import { frameBytes } from './simulation/frame-judge.js';
import type { Setup, Stage } from './stage.js';
import { get } from './wire.js';

const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
const KEY = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n';
const ACCEPT = 'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n';
/** The mask of every frame that a test sends as a client. */
const MASK = Buffer.from('37fa213d', 'hex');

export type SideName = 'client' | 'backend';

/** A handshake, with more lines of its head. */
export const handshake = (lines = ''): string => get('/ws', `${UPGRADE}${KEY}${lines}`);
/** The 101 that answers it. */
export const switching = (lines = ''): string => `HTTP/1.1 101 Switching Protocols\r\n${UPGRADE}${ACCEPT}${lines}\r\n`;

/** The two ends of a tunnel. */
export interface Ends {
  readonly client: RawPeer;
  readonly backend: RawPeer;
}

/** Opens a tunnel of a proxy that was started. @param lines of both heads: what is offered and agreed to */
export async function openTunnel(stage: Stage, at: RawBackend, lines = ''): Promise<Ends> {
  const { tunnels } = stage.proxy.counters;
  const before = at.connections.length;
  const client = await stage.client();
  client.send(handshake(lines));
  const backend = await at.connection(before);
  await backend.takeHead();
  backend.send(switching(lines));
  await client.takeHead();
  await stage.open('tunnels', tunnels + 1);
  return { client, backend };
}

/** Starts a proxy with one backend, and opens a tunnel. */
export async function tunnel(stage: Stage, setup: Setup = {}, lines = ''): Promise<Ends> {
  const at = await stage.rawBackend();
  await stage.start({ backends: [at], ...setup });
  return openTunnel(stage, at, lines);
}

/** The bytes of a frame as `from` sends it. */
export function frame(from: SideName, opcode: number, payload: string | Buffer, fin = true): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload, 'latin1') : payload;
  return frameBytes(opcode, bytes, fin, from === 'client' ? MASK : null);
}

export const text = (from: SideName, payload: string): Buffer => frame(from, 1, payload);

/** A Close as `from` sends it. @param code null: a Close without one */
export function close(from: SideName, code: number | null, reason = ''): Buffer {
  if (code === null) return frame(from, 8, '');
  return frame(from, 8, Buffer.concat([Buffer.of(code >> 8, code & 0xff), Buffer.from(reason)]));
}

/** The Close of the proxy's own that came next: `code reason`. Those to a backend must be masked. */
export async function takeClose(peer: RawPeer, side: SideName): Promise<string> {
  const payload = await takeControl(peer, side, 0x88);
  return `${payload.readUInt16BE(0)} ${payload.toString('utf8', 2)}`;
}

/** The ping of the proxy's own that came next: its payload. */
export async function takePing(peer: RawPeer, side: SideName): Promise<Buffer> {
  const payload = await takeControl(peer, side, 0x89);
  assert.equal(payload.length, 8);
  return payload;
}

async function takeControl(peer: RawPeer, side: SideName, first: number): Promise<Buffer> {
  const header = Buffer.from(await peer.take(2), 'latin1');
  assert.equal(header[0], first, 'a whole control frame of this kind');
  const second = header[1] ?? 0;
  assert.equal(second >> 7, side === 'backend' ? 1 : 0, 'the mask bit');
  const mask = side === 'backend' ? Buffer.from(await peer.take(4), 'latin1') : Buffer.alloc(4);
  const masked = Buffer.from(await peer.take(second & 0x7f), 'latin1');
  return Buffer.from(masked.map((byte, at) => byte ^ (mask[at & 3] ?? 0)));
}

/** Starts a proxy whose tunnels are held to this by a middleware, and opens one. */
export async function heldTunnel(
  stage: Stage,
  settings: TunnelSettings,
  setup: Setup = {},
  expiry: Expiry | null = null,
): Promise<Ends> {
  const at = await stage.rawBackend();
  await startHeld(stage, settings, { backends: [at], ...setup }, expiry);
  return openTunnel(stage, at);
}

/** @param settings asked for each tunnel, where they are a function */
export async function startHeld(
  stage: Stage,
  settings: TunnelSettings | (() => TunnelSettings),
  setup: Setup,
  expiry: Expiry | null = null,
): Promise<void> {
  const keys = { middlewares: [{ name: 'held' }], route: { middlewares: ['held'] } };
  await stage.start({ ...keys, ...setup }, { middlewareTypes: new Map([['held', heldTunnels(settings, expiry)]]) });
}

/** Answers a Close, and leaves when the proxy has. Nothing may have come behind that Close. */
export async function answerAndLeave(peer: RawPeer, side: SideName): Promise<void> {
  peer.send(close(side, 1000));
  assert.equal(await peer.takeRest(), '');
  assert.deepEqual(peer.endings, ['fin']);
  peer.end();
}

/** The two ends in the order of their names. */
export function ordered({ client, backend }: Ends, first: SideName): [RawPeer, RawPeer] {
  return first === 'client' ? [client, backend] : [backend, client];
}

export const sides = [
  ['client', 'backend'],
  ['backend', 'client'],
] as const;
