import type { BackendUser } from '../../../src/connection/backend-connection.js';
import type { BodyReader } from '../../../src/connection/body-reader.js';
import type { ProxyError } from '../../../src/exchange/proxy-error.js';
import type { ResponseHead } from '../../../src/protocol/http1/response-head.js';
import { RecordingSink } from './recording-sink.js';

/** Writes down what a backend connection tells; relays bodies into a sink at once, where it is not told to wait. */
export class RecordingUser implements BackendUser {
  readonly calls: string[] = [];
  readonly sink = new RecordingSink();
  body: BodyReader | null = null;
  startsBody = true;
  failure: ProxyError | null = null;
  inside: (call: string) => void = () => {};

  backendConnected(): void {
    this.#called('connected');
  }

  backendFailed(error: ProxyError): void {
    this.failure = error;
    this.#called(`failed: ${error.code}`);
  }

  informationalReceived(head: ResponseHead): void {
    this.#called(String(head.status));
  }

  responseReceived(head: ResponseHead, body: BodyReader): void {
    this.body = body;
    this.#called(String(head.status));
    if (this.startsBody && head.status !== 101) body.start(this.sink);
  }

  backendWritable(): void {
    this.#called('writable');
  }

  backendWriteFailed(): void {
    this.#called('write failed');
  }

  #called(call: string): void {
    this.calls.push(call);
    this.inside(call);
  }
}
