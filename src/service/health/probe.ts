import { randomBytes } from 'node:crypto';
import type { Address } from '../../channel/dialer.js';
import { BackendConnection, type BackendHost, type BackendUser } from '../../connection/backend-connection.js';
import type { Clock, Timer } from '../../exchange/clock.js';
import { ProxyError } from '../../exchange/proxy-error.js';
import type { ResponseHead } from '../../protocol/http1/response-head.js';
import { formatClose } from '../../protocol/websocket/frame-writer.js';
import { verifyUpgradeResponse } from '../../protocol/websocket/handshake.js';
import { Goodbye } from './probe-goodbye.js';

/** A backend that has shown that it is well has so long to end the connection. */
const GOODBYE_MS = 1000;
const NORMAL_CLOSURE = 1000;
/**
 * A timer so late says that the machine slept or the loop was blocked: the answer may be here, unread, since timers run
 * before sockets are read.
 */
const LATE_MS = 250;
const MAX_REASON_CHARACTERS = 200;

/** What is asked of the backends of a service, and how often. */
export interface HealthCheckTraits {
  readonly type: 'http' | 'tcp' | 'websocket';
  readonly intervalMs: number;
  /** From the dialling up to the verdict. */
  readonly timeoutMs: number;
  /** With its slash; as it goes on the wire behind the path of the backend. */
  readonly path: string;
  /** So many good results in a row bring an unhealthy backend back; at least 1. */
  readonly healthyThreshold: number;
  /** So many bad results in a row take a healthy backend out; at least 1. */
  readonly unhealthyThreshold: number;
  /** Of `http`: ranges of statuses that are good, both ends included. */
  readonly expectedStatus: readonly (readonly [from: number, to: number])[];
  /** The Host that is sent; null: the authority of the backend. */
  readonly host: string | null;
}

/** Whom a probe goes to. */
export interface ProbeTarget {
  readonly address: Address;
  /** `host[:port]` as a Host field has it. */
  readonly authority: string;
  /** What stands before every path there; empty, or without a slash at its end. */
  readonly basePath: string;
}

export interface ProbeHost extends BackendHost {
  readonly clock: Clock;
}

/** @property reason for operators, one short line: `status 503`, `connect-refused: …` */
export type ProbeResult = { readonly good: true } | { readonly good: false; readonly reason: string };

const GOOD: ProbeResult = { good: true };

/**
 * Asks one backend once how it is, on a connection of its own. Returns what gives it up: idempotent, and nothing is
 * told after it.
 * @param done told once, in a later tick, when nothing of the probe is left; null: nothing was learned of the backend,
 *   the proxy itself had no means to ask
 */
export function probe(
  target: ProbeTarget,
  check: HealthCheckTraits,
  host: ProbeHost,
  done: (result: ProbeResult | null) => void,
): () => void {
  const running = new RunningProbe(target, check, host, done);
  return () => running.giveUp();
}

class RunningProbe implements BackendUser {
  readonly #target: ProbeTarget;
  readonly #check: HealthCheckTraits;
  readonly #host: ProbeHost;
  readonly #done: (result: ProbeResult | null) => void;
  readonly #startedAtMs: number;
  readonly #connection: BackendConnection;
  #timer: Timer;
  #key = '';
  #connected = false;
  #goodbye: Goodbye | null = null;
  #over = false;

  constructor(
    target: ProbeTarget,
    check: HealthCheckTraits,
    host: ProbeHost,
    done: (result: ProbeResult | null) => void,
  ) {
    this.#target = target;
    this.#check = check;
    this.#host = host;
    this.#done = done;
    this.#startedAtMs = host.clock.nowMs();
    this.#timer = host.clock.after(check.timeoutMs, () => this.#timedOut());
    this.#connection = new BackendConnection(target.address, host, this, () => {});
  }

  giveUp(): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer.cancel();
    this.#connection.close();
    this.#goodbye?.giveUp();
  }

  backendConnected(): void {
    this.#connected = true;
    const { type } = this.#check;
    if (type === 'tcp') {
      // The last part of our handshake has not left yet: servers would log each probe as a handshake that failed.
      if (this.#target.address.tls) this.#sayGoodbye(null);
      else this.#finish(GOOD);
      return;
    }
    this.#connection.begin('GET', type === 'websocket');
    this.#connection.channel?.writeText(this.#head());
  }

  backendFailed(error: ProxyError): void {
    this.#finish(error.traits.side === 'proxy' ? null : bad(`${error.code}: ${error.message}`));
  }

  informationalReceived(): void {}

  responseReceived(head: ResponseHead): void {
    const { status } = head;
    if (this.#check.type === 'websocket') {
      this.#judgeHandshake(head);
    } else if (this.#check.expectedStatus.some(([from, to]) => status >= from && status <= to)) {
      this.#finish(GOOD);
    } else {
      this.#finish(bad(`status ${status}`));
    }
  }

  backendWritable(): void {}

  /** The backend may have answered before it closed: its answer, its end or the timeout decides. */
  backendWriteFailed(): void {}

  #head(): string {
    const { authority, basePath } = this.#target;
    const { host, path, type } = this.#check;
    const line = `GET ${basePath}${path} HTTP/1.1\r\nHost: ${host ?? authority}\r\nUser-Agent: toyou-proxy\r\n`;
    if (type === 'http') return `${line}Accept: */*\r\nConnection: close\r\n\r\n`;
    this.#key = randomBytes(16).toString('base64');
    const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
    return `${line}${upgrade}Sec-WebSocket-Key: ${this.#key}\r\nSec-WebSocket-Version: 13\r\n\r\n`;
  }

  #judgeHandshake(head: ResponseHead): void {
    if (head.status !== 101) {
      this.#finish(bad(`no valid 101: status ${head.status}`));
      return;
    }
    try {
      verifyUpgradeResponse({ key: this.#key, version: '13', subprotocols: [], extensions: [] }, head);
    } catch (error) {
      this.#finish(bad(`no valid 101: ${ProxyError.fromProtocol(error).message}`));
      return;
    }
    // The server ends the connection then (RFC 6455 section 7.1.1).
    this.#sayGoodbye(formatClose(NORMAL_CLOSURE, '', true));
  }

  #sayGoodbye(lastBytes: Buffer | null): void {
    const { clock, counters } = this.#host;
    const channel = this.#connection.handOver();
    if (channel === null) {
      this.#finish(GOOD);
      return;
    }
    this.#timer.cancel();
    const leftMs = this.#startedAtMs + this.#check.timeoutMs - clock.nowMs();
    this.#timer = clock.after(Math.max(0, Math.min(GOODBYE_MS, leftMs)), () => this.#finish(GOOD));
    this.#goodbye = new Goodbye(channel, lastBytes, counters, (error) => this.#finish(goodUnlessAlert(error)));
  }

  #timedOut(): void {
    const { clock } = this.#host;
    const { timeoutMs } = this.#check;
    if (clock.nowMs() - this.#startedAtMs >= timeoutMs + LATE_MS) {
      this.#timer = clock.after(LATE_MS, () => this.#finish(this.#tooSlow()));
      return;
    }
    this.#finish(this.#tooSlow());
  }

  #tooSlow(): ProbeResult {
    const { timeoutMs } = this.#check;
    const time = timeoutMs < 1000 ? `${timeoutMs} ms` : `${timeoutMs / 1000} s`;
    return bad(`no ${this.#connected ? 'answer' : 'connection'} within ${time}`);
  }

  #finish(result: ProbeResult | null): void {
    if (this.#over) return;
    this.giveUp();
    this.#done(result);
  }
}

/** In TLS 1.3 a server that refuses our certificate says so when for us the handshake is over (RFC 8446 section 4.4.2.4). */
function goodUnlessAlert(error: (Error & { code?: string }) | null): ProbeResult {
  const code = error?.code ?? '';
  return code.startsWith('ERR_SSL_') ? bad(`tls-failed: ${code}: ${error?.message}`) : GOOD;
}

/** The words of a line of OpenSSL's, which stand among numbers, functions and files. */
const OPENSSL_LINE = /[0-9A-F]{8,}:error:[^:]*:[^:]*:[^:]*:([^:]+):.*/;

/** What peers and libraries say becomes one line: OpenSSL ends its own with a line feed. */
function bad(reason: string): ProbeResult {
  const line = reason
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(OPENSSL_LINE, '$1')
    .trim();
  const short = line.length > MAX_REASON_CHARACTERS ? `${line.slice(0, MAX_REASON_CHARACTERS - 1)}…` : line;
  return { good: false, reason: short };
}
