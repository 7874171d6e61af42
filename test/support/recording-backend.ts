import { RawBackend } from './raw-backend.js';
import type { RawPeer } from './raw-peer.js';
import { type RawHead, readHead } from './raw-response.js';
import { until } from './turns.js';

/** A request as a backend got it. */
export interface RecordedRequest extends RawHead {
  readonly method: string;
  readonly target: string;
  /** With its chunks and trailers, where it has any. */
  readonly body: string;
  readonly peer: RawPeer;
  /** The number of the connection it came on. */
  readonly connection: number;
}

type Answer = (request: RecordedRequest) => string | null;

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** A backend that reads strictly, keeps every request, and answers each. */
export class RecordingBackend {
  readonly requests: RecordedRequest[] = [];
  /** What came and was no request. */
  readonly faults: unknown[] = [];
  readonly raw: RawBackend;
  readonly #answer: Answer;

  private constructor(raw: RawBackend, answer: Answer) {
    this.raw = raw;
    this.#answer = answer;
  }

  /** @param answer the bytes of the response; null: the test answers on `peer` */
  static async listen(answer: Answer = () => OK): Promise<RecordingBackend> {
    const backend: RecordingBackend = new RecordingBackend(
      await RawBackend.listen((peer) => void backend.#serve(peer)),
      answer,
    );
    return backend;
  }

  get url(): string {
    return this.raw.url;
  }

  get authority(): string {
    return this.raw.authority;
  }

  /** Waits for the request with this number, from 0 on. */
  async request(index = 0): Promise<RecordedRequest> {
    await until(() => this.requests.length > index, `request ${index} at the backend`);
    return this.requests[index] as RecordedRequest;
  }

  close(): Promise<void> {
    return this.raw.close();
  }

  async #serve(peer: RawPeer): Promise<void> {
    const connection = this.raw.connections.indexOf(peer);
    try {
      for (;;) {
        if (!(await peer.someBytes())) return;
        const head = readHead(await peer.takeHead());
        const [method = '', target = ''] = head.firstLine.split(' ');
        const request = { ...head, method, target, body: await takeBody(peer, head), peer, connection };
        this.requests.push(request);
        const answer = this.#answer(request);
        if (answer !== null) peer.send(answer);
      }
    } catch (fault) {
      this.faults.push(fault);
    }
  }
}

async function takeBody(peer: RawPeer, head: RawHead): Promise<string> {
  const length = head.get('content-length');
  if (length !== undefined) return peer.take(Number(length));
  if (head.get('transfer-encoding') === undefined) return '';
  let body = '';
  for (;;) {
    const line = await peer.takeThrough('\r\n');
    body += line;
    const size = Number.parseInt(line, 16);
    if (size === 0) break;
    body += await peer.take(size + 2);
  }
  for (let line = await peer.takeThrough('\r\n'); ; line = await peer.takeThrough('\r\n')) {
    body += line;
    if (line === '\r\n') return body;
  }
}
