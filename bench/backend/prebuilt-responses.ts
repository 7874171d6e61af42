/** Bytes of each path's body. The smallest is about what a health check or an API's "ok" comes to. */
export const bodyBytesByPath = {
  '/small': 57,
  '/16k': 16 * 1024,
  '/1m': 1024 * 1024,
} as const;

/** Whole responses, head and body, by path: the backend only writes, so that the load's core is left to the load. */
export function buildResponses(): ReadonlyMap<string, Buffer> {
  return new Map(Object.entries(bodyBytesByPath).map(([path, bytes]) => [path, response('200 OK', bytes)]));
}

export const notFoundResponse = response('404 Not Found', 0);

function response(status: string, bodyBytes: number): Buffer {
  const head = [
    `HTTP/1.1 ${status}`,
    'Server: bench',
    'Date: Thu, 01 Jan 2026 00:00:00 GMT',
    'Content-Type: application/octet-stream',
    `Content-Length: ${bodyBytes}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), Buffer.alloc(bodyBytes, 'x')]);
}
