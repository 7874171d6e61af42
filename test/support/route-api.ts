import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from './turns.js';

/** One question of a `dynamic_route` middleware, and how it is answered. */
export interface RouteQuestion {
  readonly method: string;
  readonly contentType: string;
  readonly body: string;
  readonly response: ServerResponse;
}

/** The API that `dynamic_route` asks, played by a test. */
export class RouteApi {
  readonly questions: RouteQuestion[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param answer what it is asked; where there is none, the test answers */
  static async listen(answer: (question: RouteQuestion) => void = () => {}): Promise<RouteApi> {
    const server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      request.on('end', () => {
        const { method = '', headers } = request;
        const question = { method, contentType: headers['content-type'] ?? '', body, response };
        api.questions.push(question);
        answer(question);
      });
    });
    const api = new RouteApi(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/route`;
  }

  async question(index = 0): Promise<RouteQuestion> {
    await until(() => this.questions.length > index, `question ${index} to the API`);
    return this.questions[index] as RouteQuestion;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

/** What the API answers where all is well. */
export function routeAnswer(service: string): string {
  return JSON.stringify({ code: 200, msg: '', data: { goto_services: service } });
}
