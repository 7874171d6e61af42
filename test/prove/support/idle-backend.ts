import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { acceptUpgrade } from './raw-upgrade.js';

/**
 * A process of its own: opens any tunnel, sends back what is masked with 0, answers a Close and leaves. Says on which
 * port; ends with SIGTERM.
 */
const CLOSE = 0x88;
const MASK_BYTES = 4;
const HEADER_BYTES = 2;

const server = createServer();
server.on('upgrade', (request, socket) => {
  acceptUpgrade(request, socket);
  socket.on('data', (frame: Buffer) => {
    if (frame[0] === CLOSE) {
      socket.end(Buffer.of(CLOSE, 0));
      return;
    }
    const payload = frame.subarray(HEADER_BYTES + MASK_BYTES);
    socket.write(Buffer.concat([Buffer.of(frame[0] ?? 0, payload.length), payload]));
  });
  socket.on('end', () => socket.end());
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  console.log(`idle backend on ${(server.address() as AddressInfo).port}`);
});
process.on('SIGTERM', () => process.exit(0));
