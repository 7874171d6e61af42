import { closeWires, type Destination, sendNow } from '../wire.js';
import { buildClientFrame, OPCODE_PING, OPCODE_PONG } from './client-frame.js';
import type { Load, RunReport, Scenario } from './scenario.js';
import { Tally } from './tally.js';
import { WebSocketClient } from './websocket-client.js';

type PingScenario = Extract<Scenario, { kind: 'websocket-ping' }>;

/** Holds silent tunnels and answers the proxy's pings; an operation is a ping that was answered. */
export class WebSocketPingLoad implements Load {
  readonly #scenario: PingScenario;
  readonly #destination: Destination;
  readonly #held: WebSocketClient[] = [];
  #tally: Tally | undefined;
  #lost = 0;

  constructor(scenario: PingScenario, destination: Destination) {
    this.#scenario = scenario;
    this.#destination = destination;
  }

  async prepare(): Promise<void> {
    for (let i = 0; i < this.#scenario.connections; i += 1) await this.#open();
  }

  run(count: number, limitMs: number): Promise<RunReport> {
    const tally = new Tally(count, limitMs);
    for (let begun = 0; begun < count && tally.begin(); begun += 1);
    this.#tally = tally;
    return tally.ended;
  }

  async finish(): Promise<void> {
    this.#tally = undefined;
    const lost = this.#lost;
    await closeWires(this.#held.map((client) => client.socket));
    this.#held.length = 0;
    if (lost > 0) throw new Error(`${lost} tunnels ended by themselves`);
  }

  #open(): Promise<void> {
    return new Promise((resolve, reject) => {
      let kept: Buffer = Buffer.alloc(0);
      const client = new WebSocketClient(this.#destination, {
        opened: () => resolve(),
        bytes: (view) => {
          kept = this.#answer(client, Buffer.concat([kept, view]));
        },
        closed: (reason) => {
          this.#lost += 1;
          reject(new Error(reason));
        },
      });
      this.#held.push(client);
    });
  }

  /** Answers every whole ping; returns what is left. */
  #answer(client: WebSocketClient, bytes: Buffer): Buffer {
    let at = 0;
    while (bytes.length - at >= 2) {
      const payloadBytes = bytes.readUInt8(at + 1);
      if (bytes.readUInt8(at) !== (0x80 | OPCODE_PING) || payloadBytes > 125) {
        client.socket.destroy();
        throw new Error('something else than a ping');
      }
      const end = at + 2 + payloadBytes;
      if (end > bytes.length) break;
      sendNow(client.socket, buildClientFrame(OPCODE_PONG, bytes.subarray(at + 2, end)));
      this.#tally?.complete();
      at = end;
    }
    return Buffer.from(bytes.subarray(at));
  }
}
