import type { RequestBody } from '../../../src/exchange/body.js';
import { Exchange, type ExchangePhases } from '../../../src/exchange/exchange.js';
import type { MutableResponseHead } from '../../../src/exchange/response-head.js';
import type { ResponseWriter } from '../../../src/exchange/response-writer.js';
import { NO_BODY } from '../../../src/protocol/http1/body-framing.js';
import { HeaderList } from '../../../src/protocol/http1/header-list.js';
import { judgeRequestHead } from '../../../src/protocol/http1/request-rules.js';
import type { ResponseHead } from '../../../src/protocol/http1/response-head.js';

/** A writer that keeps what was written, as text. */
export class FakeWriter implements ResponseWriter {
  readonly queuedBytes = 0;
  readonly congested = false;
  readonly http11 = true;
  headSent = false;
  bytesWritten = 0;
  body = '';
  aborted = false;
  readonly heads: ResponseHead[] = [];

  watch(): void {}
  writeInformational(): void {}
  writeHead(head: ResponseHead): void {
    this.headSent = true;
    this.heads.push(head);
  }
  writeBody(bytes: Buffer, from: number, to: number): boolean {
    this.body += bytes.toString('latin1', from, to);
    this.bytesWritten += to - from;
    return true;
  }
  writeBodyText(text: string): boolean {
    this.body += text;
    return true;
  }
  flush(): void {}
  endBody(): void {}
  abort(): void {
    this.aborted = true;
  }
}

const body: RequestBody = {
  framing: NO_BODY,
  complete: true,
  bytesSeen: 0,
  start() {},
  pause() {},
  resume() {},
  limit() {},
};

const noPhases: ExchangePhases = { response: (_exchange, _head, then) => then(), ended: () => {} };

export interface FakeRequest {
  method?: string;
  target?: string;
  headers?: readonly (readonly [string, string])[];
  phases?: ExchangePhases;
  nowMs?: () => number;
  address?: string;
  trusted?: boolean;
  scheme?: 'http' | 'https';
}

/** An exchange, of 198.51.100.7 unless given, with the id `id-1`, and its writer. */
export function fakeExchange(request: FakeRequest = {}): { exchange: Exchange; writer: FakeWriter } {
  const { address = '198.51.100.7' } = request;
  const given = (request.headers ?? []) as [string, string][];
  const fields: [string, string][] = given.some(([name]) => name === 'Host')
    ? given
    : [['Host', 'a.example'], ...given];
  const headers = new HeaderList(fields);
  const head = { method: request.method ?? 'GET', target: request.target ?? '/', minorVersion: 1 as const, headers };
  const writer = new FakeWriter();
  const exchange = new Exchange(
    'id-1',
    { address, trusted: request.trusted ?? false, peerAddress: address, port: 5000 },
    {
      head,
      facts: judgeRequestHead(head, 'toyou-proxy-test'),
      body,
      scheme: request.scheme ?? 'http',
      listenerPort: 8080,
    },
    writer,
    request.phases ?? noPhases,
    request.nowMs ?? (() => 0),
  );
  exchange.backendRequest.headers = headers.clone();
  return { exchange, writer };
}

export function responseHead(status = 200, headers: readonly (readonly [string, string])[] = []): MutableResponseHead {
  return { status, reason: '', headers: new HeaderList(headers) };
}
