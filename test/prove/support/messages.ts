import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { type ClientOptions, type RawData, WebSocket } from 'ws';

/** An open socket, terminated behind the test. */
export async function openSocket(
  t: TestContext,
  url: string,
  protocols: string[] = [],
  options: ClientOptions = {},
): Promise<WebSocket> {
  const socket = new WebSocket(url, protocols, { perMessageDeflate: false, maxPayload: 256 * 1024 * 1024, ...options });
  t.after(() => socket.terminate());
  await once(socket, 'open');
  return socket;
}

export function toBuffer(payload: RawData): Buffer {
  if (Buffer.isBuffer(payload)) return payload;
  return Array.isArray(payload) ? Buffer.concat(payload) : Buffer.from(payload);
}

/** The next message; rejects where the socket closes before. */
export function nextMessage(socket: WebSocket): Promise<{ payload: Buffer; binary: boolean }> {
  return new Promise((resolve, reject) => {
    const closed = (code: number): void => reject(new Error(`closed with ${code}`));
    socket.once('close', closed);
    socket.once('message', (payload, binary) => {
      socket.off('close', closed);
      resolve({ payload: toBuffer(payload), binary });
    });
  });
}

/** The code and reason a socket is closed with. */
export function closing(socket: WebSocket): Promise<{ code: number; reason: string }> {
  return new Promise((resolve) => {
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
}
