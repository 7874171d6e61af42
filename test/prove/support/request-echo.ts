import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { ByteSum } from './hashing.js';

/** What the backend saw of a request. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly trailers: Readonly<Record<string, string | undefined>>;
  readonly bytes: number;
  readonly sha256: string;
}

/** Reads a request whole and answers with what it saw of it, as JSON. */
export const echoRequest: RequestListener = (request: IncomingMessage, response: ServerResponse) => {
  const sum = new ByteSum();
  request.on('data', (piece: Buffer) => sum.add(piece));
  request.on('end', () => {
    const seen: SeenRequest = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      trailers: request.trailers,
      bytes: sum.bytes,
      sha256: sum.digest(),
    };
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(seen));
  });
};

export function parseSeen(text: Uint8Array | string): SeenRequest {
  return JSON.parse(typeof text === 'string' ? text : Buffer.from(text).toString()) as SeenRequest;
}
