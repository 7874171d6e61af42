import { Agent, type ClientRequest, type IncomingMessage, request as requestByHttp } from 'node:http';
import { request as requestByHttps, Agent as SecureAgent } from 'node:https';
import { z } from 'zod';
import type { Clock } from '../exchange/clock.js';

/** An answer is a name and some words. */
const MAX_ANSWER_BYTES = 64 * 1024;
/** At a time, to the API; more wait, within their timeout. */
const MAX_CONNECTIONS = 32;

const answerSchema = z.object({ code: z.literal(200), data: z.object({ goto_services: z.string() }) });

/** Asks by HTTP which service a host is served by. */
export class ServiceApi {
  readonly #url: URL;
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  readonly #agent: Agent;
  readonly #open = new Set<ClientRequest>();

  constructor(url: URL, timeoutMs: number, clock: Clock) {
    this.#url = url;
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
    const limits = { maxSockets: MAX_CONNECTIONS };
    this.#agent = url.protocol === 'https:' ? new SecureAgent(limits) : new Agent(limits);
  }

  /**
   * @returns the name of a service; empty: the one it has already
   * @throws Error, whose message is the same for the same failure
   */
  ask(host: string): Promise<string> {
    const body = Buffer.from(JSON.stringify({ host }));
    const headers = {
      Accept: 'application/json',
      'Content-Type': 'application/json',
      'Content-Length': String(body.length),
    };
    return new Promise((resolve, reject) => {
      const send = this.#url.protocol === 'https:' ? requestByHttps : requestByHttp;
      const request = send(this.#url, { method: 'POST', agent: this.#agent, headers });
      const timer = this.#clock.after(this.#timeoutMs, () => {
        request.destroy(new Error(`no answer within ${this.#timeoutMs / 1000} s`));
      });
      request.on('response', (response) => {
        collect(response, (text) => {
          try {
            resolve(serviceIn(text, response.statusCode ?? 0));
          } catch (error) {
            reject(error);
          }
        });
        response.on('error', reject);
      });
      request.on('error', reject);
      request.on('close', () => {
        timer.cancel();
        this.#open.delete(request);
        // Says nothing where it was answered: a promise is settled once.
        reject(new Error('the connection closed before the answer was whole'));
      });
      this.#open.add(request);
      request.end(body);
    });
  }

  dispose(): void {
    for (const request of this.#open) request.destroy(new Error('the proxy does not need the answer any more'));
    this.#agent.destroy();
  }
}

function collect(response: IncomingMessage, whole: (text: string) => void): void {
  const pieces: Buffer[] = [];
  let bytes = 0;
  response.on('data', (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > MAX_ANSWER_BYTES) response.destroy(new Error(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`));
    else pieces.push(piece);
  });
  response.on('end', () => whole(Buffer.concat(pieces).toString()));
}

function serviceIn(text: string, status: number): string {
  if (status < 200 || status > 299) throw new Error(`the API answered ${status}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('the answer is no JSON');
  }
  const answer = answerSchema.safeParse(value);
  if (!answer.success) throw new Error('the answer is not {"code":200,"data":{"goto_services":"NAME"}}');
  return answer.data.data.goto_services;
}
