import { BackendConnection, type BackendUser } from '../../../src/connection/backend-connection.js';
import type { BodyReader } from '../../../src/connection/body-reader.js';
import type { BodySink } from '../../../src/exchange/body.js';
import type { ProxyError } from '../../../src/exchange/proxy-error.js';
import type { ResponseHead } from '../../../src/protocol/http1/response-head.js';
import { ScriptedHost } from '../../unit/connection/scripted-dialer.js';
import { FedChannel } from '../fed-channel.js';
import type { JudgedHead } from './llhttp-client.js';

/** A response as we read it. */
export interface ReadResponse {
  readonly informational: readonly JudgedHead[];
  readonly head: JudgedHead | null;
  readonly framing: string;
  readonly payload: string;
  readonly whole: boolean;
  /** The code that it is given up with, and the rule it breaks. */
  readonly fault: string | null;
  readonly detail: string;
  readonly reusable: boolean;
  /** The body as it goes on, framing and all; it may be framed in other chunk lines by how it came. */
  readonly relayed: string;
}

/** Has a connection of ours read these pieces as the answer to a request. */
export function readResponse(pieces: readonly Buffer[], method: string, ends: boolean): ReadResponse {
  const host = new ScriptedHost();
  const user = new ReadingUser();
  const channel = new FedChannel();
  const connection = new BackendConnection({ host: 'backend.example', port: 80 }, host, user, () => {});
  host.connect(0, channel);
  connection.begin(method, false);
  channel.feed(pieces, ends);
  const { informational, head, framing, payload, whole, fault, detail, relayed } = user;
  return { informational, head, framing, payload, whole, fault, detail, reusable: connection.reusable, relayed };
}

class ReadingUser implements BackendUser, BodySink {
  readonly informational: JudgedHead[] = [];
  head: JudgedHead | null = null;
  framing = '';
  payload = '';
  whole = false;
  fault: string | null = null;
  detail = '';
  relayed = '';

  backendConnected(): void {}

  backendFailed(error: ProxyError): void {
    this.fault ??= error.code;
    this.detail ||= error.message;
  }

  informationalReceived(head: ResponseHead): void {
    this.informational.push(plainHead(head));
  }

  responseReceived(head: ResponseHead, body: BodyReader): void {
    this.head = plainHead(head);
    this.framing = body.framing.kind;
    body.onPayload = (bytes, from, to) => {
      this.payload += bytes.toString('latin1', from, to);
    };
    body.start(this);
  }

  backendWritable(): void {}

  backendWriteFailed(): void {}

  onBodyBytes(bytes: Buffer, from: number, to: number): boolean {
    return this.onBodyText(bytes.toString('latin1', from, to));
  }

  onBodyText(text: string): boolean {
    this.relayed += text;
    return true;
  }

  onBodyEnd(): void {
    this.whole = true;
  }

  onBodyFailed(error: ProxyError): void {
    this.backendFailed(error);
  }
}

function plainHead({ status, reason, minorVersion, headers }: ResponseHead): JudgedHead {
  return { status, reason, version: `1.${minorVersion}`, fields: [...headers].flat() };
}
