import { type IncomingMessage, request } from 'node:http';
import { Duplex } from 'node:stream';
import { settled } from '../../support/turns.js';

export interface JudgedHead {
  readonly status: number;
  readonly reason: string;
  readonly version: string;
  /** Names and values in turn, as they came. */
  readonly fields: readonly string[];
}

/** A response as Node's own parser reads it. */
export interface JudgedResponse {
  readonly informational: JudgedHead[];
  head: JudgedHead | null;
  payload: string;
  whole: boolean;
  trailers: readonly string[];
  /** The parser's own code (`HPE_...`) and words, or what else the client ended with. */
  fault: string | null;
  reason: string;
}

/** Has llhttp read these bytes as the answer to a request. @param ends the connection ends behind them */
export async function judgeResponse(bytes: Buffer, method: string, ends: boolean): Promise<JudgedResponse> {
  const judged: JudgedResponse = {
    informational: [],
    head: null,
    payload: '',
    whole: false,
    trailers: [],
    fault: null,
    reason: '',
  };
  const connection = new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done() });
  connection.on('error', () => {});
  const sent = request({ method, host: 'a.example', createConnection: () => connection, maxHeaderSize: 1024 * 1024 });
  sent.maxHeadersCount = 0;
  sent.on('information', ({ statusCode, statusMessage, httpVersion, rawHeaders }) => {
    judged.informational.push({ status: statusCode, reason: statusMessage, version: httpVersion, fields: rawHeaders });
  });
  sent.on('error', (error: Error & { code?: string; reason?: string }) => {
    judged.fault ??= error.code ?? error.message;
    judged.reason ||= error.reason ?? '';
  });
  let response: IncomingMessage | null = null;
  sent.on('response', (incoming) => {
    response = incoming;
    take(incoming, judged);
  });
  sent.end();
  connection.push(bytes);
  await settled(3);
  if (ends) {
    connection.push(null);
    await settled(3);
  }
  finish(response, judged);
  connection.destroy();
  sent.destroy();
  return judged;
}

function take(incoming: IncomingMessage, judged: JudgedResponse): void {
  const { statusCode = 0, statusMessage = '', httpVersion, rawHeaders } = incoming;
  judged.head = { status: statusCode, reason: statusMessage, version: httpVersion, fields: rawHeaders };
  incoming.on('error', () => {});
  incoming.on('data', (bytes: Buffer) => {
    judged.payload += bytes.toString('latin1');
  });
}

function finish(response: IncomingMessage | null, judged: JudgedResponse): void {
  if (response === null) return;
  judged.whole = response.complete;
  judged.trailers = response.rawTrailers;
}
