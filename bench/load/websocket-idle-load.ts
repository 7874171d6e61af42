import { closeWires, type Destination } from '../wire.js';
import type { Load, RunReport, Scenario } from './scenario.js';
import { Tally } from './tally.js';
import { WebSocketClient } from './websocket-client.js';

type IdleScenario = Extract<Scenario, { kind: 'websocket-idle' }>;

/** Opens tunnels, a few at a time, and holds them silent until `finish`; each run adds to those held. */
export class WebSocketIdleLoad implements Load {
  readonly #scenario: IdleScenario;
  readonly #destination: Destination;
  readonly #held: WebSocketClient[] = [];
  #lost = 0;

  constructor(scenario: IdleScenario, destination: Destination) {
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

  async finish(): Promise<void> {
    const lost = this.#lost;
    await closeWires(this.#held.map((client) => client.socket));
    this.#held.length = 0;
    if (lost > 0) throw new Error(`${lost} idle tunnels ended by themselves`);
  }

  #open(tally: Tally): void {
    let open = false;
    const client = new WebSocketClient(this.#destination, {
      opened: () => {
        open = true;
        if (tally.complete()) this.#open(tally);
      },
      bytes: () => {},
      closed: (reason) => {
        this.#lost += 1;
        if (!open) tally.lose(reason);
      },
    });
    this.#held.push(client);
  }
}
