import { createServer, type IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import { settled } from '../../support/turns.js';

/** A request as Node's own parser reads it. */
export interface JudgedRequest {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  /** Names and values in turn, as they came. */
  readonly fields: readonly string[];
  payload: string;
  whole: boolean;
  trailers: readonly string[];
}

export interface JudgedRequests {
  readonly requests: JudgedRequest[];
  /** The parser's own code (`HPE_...`). */
  fault: string | null;
  /** Its own words for it. */
  reason: string;
}

const readings = new WeakMap<Duplex, JudgedRequests>();

// Its limits are wider than ours. It has no listener for upgrades: they are requests like others.
const server = createServer({ insecureHTTPParser: false, maxHeaderSize: 1024 * 1024, keepAliveTimeout: 0 });
server.maxHeadersCount = 0;
server.timeout = 0;
for (const event of ['request', 'checkContinue', 'checkExpectation']) server.on(event, record);
server.on('clientError', (error: Error & { code?: string; reason?: string }, socket: Duplex) => {
  const judged = readings.get(socket);
  // The connection is left as it is: what was read before the fault is still on its way.
  if (judged === undefined || judged.fault !== null) return;
  judged.fault = error.code ?? error.message;
  judged.reason = error.reason ?? '';
});

/** Has llhttp read these bytes, as a server that never answers. */
export async function judgeRequests(bytes: Buffer): Promise<JudgedRequests> {
  const judged: JudgedRequests = { requests: [], fault: null, reason: '' };
  const connection = new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done() });
  connection.on('error', () => {});
  readings.set(connection, judged);
  server.emit('connection', connection);
  connection.push(bytes);
  await settled(3);
  connection.destroy();
  return judged;
}

function record(request: IncomingMessage): void {
  const judged: JudgedRequest = {
    method: request.method ?? '',
    target: request.url ?? '',
    version: request.httpVersion,
    fields: request.rawHeaders,
    payload: '',
    whole: false,
    trailers: [],
  };
  readings.get(request.socket)?.requests.push(judged);
  request.on('error', () => {});
  request.on('data', (bytes: Buffer) => {
    judged.payload += bytes.toString('latin1');
  });
  request.on('end', () => {
    judged.whole = request.complete;
    judged.trailers = request.rawTrailers;
  });
}
