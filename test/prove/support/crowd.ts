import { once } from 'node:events';
import net from 'node:net';
import type { TestContext } from 'node:test';
import { inParallel, until } from './wait.js';

const KEPT_CHARACTERS = 512;

/** One of many sockets, and what became of it. */
export class CrowdMember {
  readonly socket: net.Socket;
  /** The beginning of what came. */
  received = '';
  receivedBytes = 0;
  closed = false;
  reset = false;
  #openedAtMs = 0;
  /** From connected to closed. */
  openMs = 0;

  constructor(port: number) {
    this.socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.on('connect', () => {
      this.#openedAtMs = performance.now();
    });
    this.socket.on('data', (piece: Buffer) => {
      this.receivedBytes += piece.length;
      if (this.received.length < KEPT_CHARACTERS) this.received += piece.toString('latin1');
    });
    this.socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET') this.reset = true;
    });
    this.socket.on('close', () => {
      this.closed = true;
      this.openMs = performance.now() - this.#openedAtMs;
    });
  }

  /** The status of the last head that came in what was kept; what else came; or `nothing`. */
  get answer(): string {
    const statuses = [...this.received.matchAll(/HTTP\/1\.1 (\d{3})/g)];
    return statuses.at(-1)?.[1] ?? (this.receivedBytes === 0 ? 'nothing' : 'no head');
  }
}

/** Many sockets that do the same, destroyed behind the test. */
export class Crowd {
  readonly members: CrowdMember[] = [];
  readonly #timers: NodeJS.Timeout[] = [];

  /** @param begin for each once it is connected */
  static async gather(
    t: TestContext,
    port: number,
    count: number,
    begin: (socket: net.Socket, index: number) => void = () => {},
  ): Promise<Crowd> {
    const crowd = new Crowd();
    t.after(() => crowd.leave());
    await inParallel(count, 100, async (index) => {
      const member = new CrowdMember(port);
      crowd.members.push(member);
      await once(member.socket, 'connect');
      begin(member.socket, index);
    });
    return crowd;
  }

  get open(): number {
    return this.members.filter(({ closed }) => !closed).length;
  }

  /** How many got which answer. */
  answers(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { answer } of this.members) counts[answer] = (counts[answer] ?? 0) + 1;
    return counts;
  }

  /** How long the one was open that was open longest. */
  get longestOpenMs(): number {
    return Math.max(...this.members.map(({ openMs }) => openMs));
  }

  async allClosed(withinMs: number): Promise<void> {
    await until(
      () => this.open === 0,
      withinMs,
      () => `${this.open} are open still`,
    );
  }

  async allAnswered(withinMs: number): Promise<void> {
    const waiting = (): number => this.members.filter(({ receivedBytes }) => receivedBytes === 0).length;
    await until(
      () => waiting() === 0,
      withinMs,
      () => `${waiting()} have no answer`,
    );
  }

  /** Writes the same from each that is open, every so often, until it leaves. */
  trickle(bytes: string, periodMs: number): void {
    const write = (): void => {
      for (const { socket } of this.members) if (socket.writable) socket.write(bytes);
    };
    this.#timers.push(setInterval(write, periodMs));
  }

  leave(): void {
    for (const timer of this.#timers) clearInterval(timer);
    for (const { socket } of this.members) socket.destroy();
  }
}
