import type { Socket } from 'node:net';
import { closeWires, connectWire, type Destination, sendNow } from '../wire.js';
import { ResponseReader } from './response-reader.js';
import type { Load, RunReport, Scenario } from './scenario.js';
import { Tally } from './tally.js';

type HttpScenario = Extract<Scenario, { kind: 'http' }>;

/** Keep-alive connections with one request in flight each. */
export class HttpLoad implements Load {
  readonly #scenario: HttpScenario;
  readonly #destination: Destination;
  readonly #connections: HttpConnection[] = [];
  /** In milliseconds, of the present run. */
  #durations: number[] = [];

  constructor(scenario: HttpScenario, destination: Destination) {
    this.#scenario = scenario;
    this.#destination = destination;
  }

  async prepare(): Promise<void> {
    const { path, bodyBytes, connections } = this.#scenario;
    const request = Buffer.from(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${this.#destination.port}\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n`,
      'latin1',
    );
    for (let i = 0; i < connections; i += 1) {
      const took = (durationMs: number): unknown => this.#durations.push(durationMs);
      this.#connections.push(new HttpConnection(this.#destination, request, bodyBytes, took));
    }
    await Promise.all(this.#connections.map((connection) => connection.opened));
  }

  async run(count: number, limitMs: number): Promise<RunReport> {
    this.#durations = [];
    const tally = new Tally(count, limitMs);
    for (const connection of this.#connections) {
      if (!tally.begin()) break;
      connection.start(tally);
    }
    const report = await tally.ended;
    return { ...report, p99Ms: percentile99(this.#durations) };
  }

  async finish(): Promise<void> {
    await closeWires(this.#connections.map((connection) => connection.socket));
    this.#connections.length = 0;
  }
}

class HttpConnection {
  readonly socket: Socket;
  readonly opened: Promise<void>;
  readonly #request: Buffer;
  readonly #bodyBytes: number;
  readonly #took: (durationMs: number) => void;
  readonly #reader = new ResponseReader();
  #tally: Tally | undefined;
  #sentAtMs = 0;

  constructor(destination: Destination, request: Buffer, bodyBytes: number, took: (durationMs: number) => void) {
    this.#request = request;
    this.#bodyBytes = bodyBytes;
    this.#took = took;
    let open = (): void => {};
    let refuse = (_reason: Error): void => {};
    this.opened = new Promise((resolve, reject) => {
      open = resolve;
      refuse = reject;
    });
    this.socket = connectWire(destination, {
      connected: () => open(),
      bytes: (view) => this.#take(view),
      closed: (reason) => {
        refuse(new Error(`no connection: ${reason}`));
        this.#lose(reason === '' ? 'the connection was closed before the response ended' : reason);
      },
    });
  }

  /** Sends the first of this run's requests, which the caller has counted as begun. */
  start(tally: Tally): void {
    this.#tally = tally;
    if (this.socket.destroyed) this.#lose('the connection was closed while idle');
    else this.#send();
  }

  #send(): void {
    this.#sentAtMs = performance.now();
    sendNow(this.socket, this.#request);
  }

  #take(view: Buffer): boolean {
    const tally = this.#tally;
    try {
      if (tally === undefined) throw new Error('bytes that nobody asked for');
      if (this.#reader.take(view)) this.#complete(tally);
    } catch (error) {
      this.#lose(error instanceof Error ? error.message : String(error));
      this.socket.destroy();
    }
    return true;
  }

  #complete(tally: Tally): void {
    this.#took(performance.now() - this.#sentAtMs);
    const { status, bodyBytes } = this.#reader;
    const right = status === 200 && bodyBytes === this.#bodyBytes;
    const another = right ? tally.complete() : tally.fail(`status ${status} with ${bodyBytes} bytes`);
    if (another) this.#send();
    else this.#tally = undefined;
  }

  #lose(reason: string): void {
    this.#tally?.lose(reason);
    this.#tally = undefined;
  }
}

function percentile99(durations: readonly number[]): number {
  return durations.toSorted((a, b) => a - b)[Math.floor(durations.length * 0.99)] ?? Number.NaN;
}
