import { closeWires, type Destination } from '../wire.js';
import { closeFrame, OPCODE_CLOSE } from './client-frame.js';
import type { Load, RunReport, Scenario } from './scenario.js';
import { Tally } from './tally.js';
import { WebSocketClient } from './websocket-client.js';

type OpenScenario = Extract<Scenario, { kind: 'websocket-open' }>;

/** Opens tunnels and closes them at once: connection, handshake, Close, Close, end. */
export class WebSocketOpenLoad implements Load {
  readonly #scenario: OpenScenario;
  readonly #destination: Destination;
  readonly #clients = new Set<WebSocketClient>();

  constructor(scenario: OpenScenario, destination: Destination) {
    this.#scenario = scenario;
    this.#destination = destination;
  }

  prepare(): Promise<void> {
    return Promise.resolve();
  }

  run(count: number, limitMs: number): Promise<RunReport> {
    const tally = new Tally(count, limitMs);
    for (let i = 0; i < this.#scenario.connections && tally.begin(); i += 1) this.#open(tally);
    return tally.ended;
  }

  finish(): Promise<void> {
    return closeWires([...this.#clients].map((client) => client.socket));
  }

  #open(tally: Tally): void {
    let answered = false;
    const client = new WebSocketClient(this.#destination, {
      opened: () => client.socket.write(closeFrame),
      bytes: (view) => {
        // The answer to a Close is one small frame; its first byte tells which.
        answered ||= view[0] === (0x80 | OPCODE_CLOSE);
      },
      closed: (reason) => {
        this.#clients.delete(client);
        const fault = reason === '' && !answered ? 'closed before the Close was answered' : reason;
        const another = fault === '' ? tally.complete() : tally.fail(fault);
        if (another) this.#open(tally);
      },
    });
    this.#clients.add(client);
  }
}
