import type { TLSSocket } from 'node:tls';
import { closeWires, connectTlsWire, type Destination } from '../wire.js';
import type { Load, RunReport, Scenario } from './scenario.js';
import { Tally } from './tally.js';

type HandshakeScenario = Extract<Scenario, { kind: 'tls-handshake' }>;

/** Opens TLS connections and closes them at once: connection, handshake, close_notify. */
export class TlsHandshakeLoad implements Load {
  readonly #scenario: HandshakeScenario;
  readonly #destination: Destination;
  readonly #sockets = new Set<TLSSocket>();
  #session: Buffer | undefined;

  constructor(scenario: HandshakeScenario, destination: Destination) {
    this.#scenario = scenario;
    this.#destination = destination;
  }

  async prepare(): Promise<void> {
    if (this.#scenario.resumed) this.#session = await this.#firstSession();
  }

  run(count: number, limitMs: number): Promise<RunReport> {
    const tally = new Tally(count, limitMs);
    for (let i = 0; i < this.#scenario.connections && tally.begin(); i += 1) this.#open(tally);
    return tally.ended;
  }

  finish(): Promise<void> {
    return closeWires(this.#sockets);
  }

  #open(tally: Tally): void {
    const { resumed } = this.#scenario;
    let fault = 'closed inside the handshake';
    const more = this.#session === undefined ? {} : { session: this.#session };
    const events = {
      connected: () => {
        fault = socket.isSessionReused() === resumed ? '' : `a session ${resumed ? 'was not resumed' : 'was resumed'}`;
        socket.end();
      },
      bytes: () => true,
      closed: (reason: string) => {
        this.#sockets.delete(socket);
        const another = fault === '' && reason === '' ? tally.complete() : tally.fail(fault === '' ? reason : fault);
        if (another) this.#open(tally);
      },
    };
    const socket: TLSSocket = connectTlsWire(this.#destination, events, more);
    this.#sockets.add(socket);
  }

  /** With TLS 1.3 a server may send its ticket right behind the handshake or with the first response. */
  #firstSession(): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const socket = connectTlsWire(this.#destination, {
        connected: () => socket.write('GET /small HTTP/1.1\r\nHost: localhost\r\n\r\n'),
        bytes: () => true,
        closed: (reason) => reject(new Error(`no session to resume: ${reason}`)),
      });
      socket.once('session', (session: Buffer) => {
        resolve(session);
        socket.destroy();
      });
    });
  }
}
