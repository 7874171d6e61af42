import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from './support/folder.js';
import { nextMessage, openSocket } from './support/messages.js';
import { Program } from './support/program.js';
import { type ProxyProcess, startProxy } from './support/proxy-process.js';
import { startWebSocketBackend } from './support/web-socket-backend.js';

const ROUNDS = 1000;
/** Each round is a message there and one back. */
const MESSAGES = 2 * ROUNDS;
/** Sweeps, the clock and the attaching itself have calls too. */
const ALLOWED = 1.05;
/** A turn of the loop may ask once more, without waiting, before it comes to the next message. */
const ALLOWED_WAITS = 2;

/** How often each system call was made by the proxy while `work` ran, as strace counts it. */
async function callsOf(t: TestContext, proxy: ProxyProcess, work: () => Promise<void>): Promise<Map<string, number>> {
  const file = join(temporaryFolder(), 'calls');
  const strace = new Program('strace', ['-f', '-c', '-o', file, '-p', String(proxy.program.pid)]);
  t.after(() => strace.kill());
  await strace.wrote(/attached/);
  await work();
  strace.signal('SIGINT');
  await strace.ended();
  const rows = readFileSync(file, 'utf8').matchAll(/^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$/gm);
  return new Map([...rows].map(([, count, name = '']) => [name, Number(count)]));
}

const kinds = {
  reads: ['read', 'readv', 'recvfrom', 'recvmsg'],
  writes: ['write', 'writev', 'sendto', 'sendmsg'],
  waits: ['epoll_wait', 'epoll_pwait', 'epoll_pwait2'],
};

for (const size of [64, 16 * 1024]) {
  test(`a message of ${size} bytes is one read and one write`, { timeout: 60_000 }, async (t) => {
    const { url } = await startWebSocketBackend(t);
    const proxy = await startProxy(t, { services: { ws: url }, routes: { '*': 'ws' } });
    const socket = await openSocket(t, `${proxy.webSocketOrigin}/`);
    const message = Buffer.alloc(size, 7);
    const talk = async (rounds: number): Promise<void> => {
      for (let round = 0; round < rounds; round += 1) {
        const answer = nextMessage(socket);
        socket.send(message);
        await answer;
      }
    };
    await talk(200);
    const calls = await callsOf(t, proxy, () => talk(ROUNDS));
    const perMessage = (names: readonly string[]): number => {
      return names.reduce((sum, name) => sum + (calls.get(name) ?? 0), 0) / MESSAGES;
    };
    const [reads, writes, waits] = [kinds.reads, kinds.writes, kinds.waits].map(perMessage);
    const all = perMessage([...calls.keys()].filter((name) => name !== 'total'));
    const shown = [reads, writes, waits, all].map((count) => count?.toFixed(3));
    console.log(`${size} bytes: ${shown[0]} reads, ${shown[1]} writes, ${shown[2]} epoll, ${shown[3]} calls a message`);
    assert.ok(reads !== undefined && reads > 0.9 && reads <= ALLOWED, `${reads} reads a message`);
    assert.ok(writes !== undefined && writes > 0.9 && writes <= ALLOWED, `${writes} writes a message`);
    assert.ok(waits !== undefined && waits <= ALLOWED_WAITS, `${waits} epoll calls a message`);
    assert.ok(all - (waits ?? 0) <= 2 * ALLOWED, `${all} calls a message: ${[...calls]}`);
  });
}
