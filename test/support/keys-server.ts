import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KeyPair } from './tokens.js';

/** What publishes the keys of tokens, and counts how often it is asked. */
export class KeysServer {
  /** A set of keys, text, a status, or null: no answer. */
  says: object | string | number | null;
  asked = 0;
  readonly #server = createServer((_request, response) => this.#answer(response));

  private constructor(says: KeysServer['says']) {
    this.says = says;
  }

  static async listen(says: KeysServer['says']): Promise<KeysServer> {
    const server = new KeysServer(says);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/keys`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(response: ServerResponse): void {
    this.asked++;
    const { says } = this;
    if (says === null) return;
    if (typeof says === 'number') response.writeHead(says, { Location: '/keys' }).end('{"keys":[]}');
    else response.end(typeof says === 'string' ? says : JSON.stringify(says));
  }
}

/** A set of keys, by their ids. */
export function keySet(keys: Readonly<Record<string, KeyPair>>): object {
  return { keys: Object.entries(keys).map(([kid, pair]) => pair.jwk(kid)) };
}
