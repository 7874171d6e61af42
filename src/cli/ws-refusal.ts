import type { IncomingMessage } from 'node:http';
import type { WsRefusal } from './ws-reporter.js';

const MAX_BODY_BYTES = 64 * 1024;
const BODY_TIMEOUT_MS = 5000;

/** Reads the response that came instead of a 101: of its body what comes within 5 s, up to 64 KiB. */
export async function readRefusal(response: IncomingMessage): Promise<WsRefusal> {
  const pieces: Buffer[] = [];
  let length = 0;
  const timer = setTimeout(() => response.destroy(), BODY_TIMEOUT_MS);
  try {
    for await (const piece of response as AsyncIterable<Buffer>) {
      pieces.push(piece);
      length += piece.length;
      if (length >= MAX_BODY_BYTES) break;
    }
  } catch {
    // It was cut, by the server or by the timer: what came is shown.
  }
  clearTimeout(timer);
  return {
    status: response.statusCode ?? 0,
    statusText: response.statusMessage ?? '',
    headers: response.headers,
    body: Buffer.concat(pieces).subarray(0, MAX_BODY_BYTES).toString(),
  };
}
