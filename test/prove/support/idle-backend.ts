import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FrameJudge, frameBytes } from '../../support/simulation/frame-judge.js';
import { acceptUpgrade } from './raw-upgrade.js';

/**
 * A process of its own: opens any tunnel, sends back messages, answers pings, answers a Close and leaves. Says on which
 * port; ends with SIGTERM.
 */
const [BINARY, CLOSE, PING, PONG] = [2, 8, 9, 10];

const server = createServer();
server.on('upgrade', (request, socket) => {
  acceptUpgrade(request, socket);
  const frames = new FrameJudge(true);
  const send = (opcode: number, payload: Buffer): void => {
    socket.write(frameBytes(opcode, payload, true, null));
  };
  socket.on('data', (bytes: Buffer) => {
    const controls = frames.feed(bytes);
    for (const text of frames.messages.splice(0)) send(BINARY, Buffer.from(text, 'latin1'));
    for (const { opcode, payload } of controls) {
      if (opcode === PING) send(PONG, payload);
      if (opcode === CLOSE) socket.end(frameBytes(CLOSE, Buffer.alloc(0), true, null));
    }
  });
  socket.on('end', () => socket.end());
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  console.log(`idle backend on ${(server.address() as AddressInfo).port}`);
});
process.on('SIGTERM', () => process.exit(0));
