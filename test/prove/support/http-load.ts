import type { TestContext } from 'node:test';
import { Agent, request } from 'undici';
import { sha256 } from './hashing.js';
import { bodyOf } from './known-bodies.js';
import { seededRandom } from './random.js';
import { sleep } from './wait.js';

/** One request of four is a PUT. */
const PUT_SHARE = 0.25;

export interface Served {
  readonly backend: string;
  readonly atMs: number;
}

/** Clients on connections that stay, which ask again and again, and check each byte that comes. */
export class HttpLoad {
  readonly served: Served[] = [];
  /** What was not served as it should be. */
  readonly failed: string[] = [];
  readonly #agent: Agent;
  readonly #origin: string;
  readonly #clients: Promise<unknown>;
  #over = false;

  /** @param pauseMs of each client between an answer and its next request, on average */
  constructor(t: TestContext, origin: string, clients: number, pauseMs: number) {
    this.#origin = origin;
    this.#agent = new Agent({ connections: clients });
    t.after(() => this.#agent.destroy());
    this.#clients = Promise.all(Array.from({ length: clients }, (_, index) => this.#client(index, pauseMs)));
  }

  /** So many by each since then. */
  since(atMs: number): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const one of this.served) {
      if (one.atMs >= atMs) counts[one.backend] = (counts[one.backend] ?? 0) + 1;
    }
    return counts;
  }

  /** Ends in good order. */
  async stop(): Promise<void> {
    this.#over = true;
    await this.#clients;
  }

  async #client(index: number, pauseMs: number): Promise<void> {
    const random = seededRandom(index);
    await sleep(random() * pauseMs);
    for (let count = 0; !this.#over; count++) {
      const path = `/${index}/${count}`;
      const method = random() < PUT_SHARE ? 'PUT' : 'GET';
      try {
        await this.#ask(method, path);
      } catch (error) {
        this.failed.push(`${method} ${path}: ${error}`);
      }
      await sleep(2 * random() * pauseMs);
    }
  }

  async #ask(method: 'GET' | 'PUT', path: string): Promise<void> {
    const bytes = bodyOf(path);
    const content = method === 'PUT' ? { body: bytes } : {};
    const response = await request(`${this.#origin}${path}`, { dispatcher: this.#agent, method, ...content });
    const body = Buffer.from(await response.body.arrayBuffer());
    const wanted = method === 'PUT' ? Buffer.from(sha256(bytes)) : bytes;
    const { statusCode } = response;
    if (statusCode === 200 && body.equals(wanted)) {
      this.served.push({ backend: String(response.headers['x-backend']), atMs: performance.now() });
    } else {
      this.failed.push(`${method} ${path}: ${statusCode}, ${statusCode === 200 ? 'other bytes' : body.toString()}`);
    }
  }
}
