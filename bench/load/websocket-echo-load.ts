import { closeWires, type Destination, sendNow } from '../wire.js';
import { buildClientFrame, OPCODE_BINARY, serverFrameBytes } from './client-frame.js';
import type { Load, RunReport, Scenario } from './scenario.js';
import { Tally } from './tally.js';
import { WebSocketClient } from './websocket-client.js';

type EchoScenario = Extract<Scenario, { kind: 'websocket-echo' }>;

/** Open tunnels with one message in flight each; an operation is a message that came back. */
export class WebSocketEchoLoad implements Load {
  readonly #scenario: EchoScenario;
  readonly #destination: Destination;
  readonly #tunnels: EchoTunnel[] = [];

  constructor(scenario: EchoScenario, destination: Destination) {
    this.#scenario = scenario;
    this.#destination = destination;
  }

  async prepare(): Promise<void> {
    const { payloadBytes, connections } = this.#scenario;
    const frame = buildClientFrame(OPCODE_BINARY, Buffer.alloc(payloadBytes, 'x'));
    const answerBytes = serverFrameBytes(payloadBytes);
    for (let i = 0; i < connections; i += 1) this.#tunnels.push(new EchoTunnel(this.#destination, frame, answerBytes));
    await Promise.all(this.#tunnels.map((tunnel) => tunnel.opened));
  }

  run(count: number, limitMs: number): Promise<RunReport> {
    const tally = new Tally(count, limitMs);
    for (const tunnel of this.#tunnels) {
      if (!tally.begin()) break;
      tunnel.start(tally);
    }
    return tally.ended;
  }

  async finish(): Promise<void> {
    await closeWires(this.#tunnels.map((tunnel) => tunnel.client.socket));
    this.#tunnels.length = 0;
  }
}

class EchoTunnel {
  readonly client: WebSocketClient;
  readonly opened: Promise<void>;
  readonly #frame: Buffer;
  readonly #answerBytes: number;
  #receivedBytes = 0;
  #tally: Tally | undefined;

  constructor(destination: Destination, frame: Buffer, answerBytes: number) {
    this.#frame = frame;
    this.#answerBytes = answerBytes;
    let open = (): void => {};
    let refuse = (_reason: Error): void => {};
    this.opened = new Promise((resolve, reject) => {
      open = resolve;
      refuse = reject;
    });
    this.client = new WebSocketClient(destination, {
      opened: () => open(),
      bytes: (view) => this.#take(view),
      closed: (reason) => {
        refuse(new Error(`no tunnel: ${reason}`));
        this.#lose(reason === '' ? 'the tunnel ended inside an echo' : reason);
      },
    });
  }

  /** Sends the first of this run's messages, which the caller has counted as begun. */
  start(tally: Tally): void {
    this.#tally = tally;
    if (this.client.socket.destroyed) this.#lose('the tunnel ended while idle');
    else sendNow(this.client.socket, this.#frame);
  }

  #take(view: Buffer): void {
    const fault = this.#faultOf(view);
    if (fault !== '') {
      this.#lose(fault);
      this.client.socket.destroy();
      return;
    }
    this.#receivedBytes += view.length;
    if (this.#receivedBytes < this.#answerBytes) return;
    this.#receivedBytes = 0;
    if (this.#tally?.complete()) sendNow(this.client.socket, this.#frame);
    else this.#tally = undefined;
  }

  #faultOf(view: Buffer): string {
    if (this.#tally === undefined) return 'bytes that nobody asked for';
    if (this.#receivedBytes === 0 && view[0] !== (0x80 | OPCODE_BINARY)) return 'not the frame expected';
    return this.#receivedBytes + view.length > this.#answerBytes ? 'more bytes than were sent' : '';
  }

  #lose(reason: string): void {
    this.#tally?.lose(reason);
    this.#tally = undefined;
  }
}
