import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { Problem } from './answer.js';

const MAX_BODY_BYTES = 64 * 1024;

/** A request of the API, as its handlers see it. */
export class AdminRequest {
  readonly method: string;
  readonly path: string;
  readonly #query: URLSearchParams;
  readonly #message: IncomingMessage;

  /** @throws Problem for a target that is no path */
  constructor(message: IncomingMessage) {
    const target = message.url ?? '';
    if (!target.startsWith('/') || !URL.canParse(target, 'http://admin'))
      throw new Problem(400, 'the target is no path');
    const { pathname, searchParams } = new URL(target, 'http://admin');
    this.method = message.method === 'HEAD' ? 'GET' : (message.method ?? '');
    this.path = pathname;
    this.#query = searchParams;
    this.#message = message;
  }

  /** The parameters of the query. @throws Problem for one that is not known or stands twice */
  query(known: readonly string[]): Readonly<Record<string, string>> {
    const values: Record<string, string> = {};
    for (const [name, value] of this.#query) {
      if (!known.includes(name))
        throw new Problem(400, `there is no parameter "${name}": there is ${known.join(', ')}`);
      if (values[name] !== undefined) throw new Problem(400, `the parameter "${name}" stands twice`);
      values[name] = value;
    }
    return values;
  }

  /** The body, as JSON of this form. @throws Problem */
  async body<Schema extends z.ZodType>(schema: Schema): Promise<z.output<Schema>> {
    const { headers } = this.#message;
    // A form of another site cannot send this type without being asked first (CORS), which is answered with 405.
    if (!/^application\/json(?:\s*;|$)/i.test(headers['content-type'] ?? '')) {
      throw new Problem(415, 'expected Content-Type: application/json');
    }
    const parsed = schema.safeParse(parseJson(await readAll(this.#message)));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const at = issue === undefined || issue.path.length === 0 ? 'the body' : issue.path.join('.');
    throw new Problem(400, `${at}: ${issue?.message ?? 'is not what it should be'}`);
  }
}

async function readAll(message: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of message) {
    bytes += piece.length;
    if (bytes <= MAX_BODY_BYTES) pieces.push(piece);
  }
  // Read to its end, for as long as a request may take: with bytes unread the answer might be lost in a reset.
  if (bytes > MAX_BODY_BYTES) throw new Problem(413, `a body has at most ${MAX_BODY_BYTES} bytes`);
  return Buffer.concat(pieces).toString();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem(400, 'the body is no JSON');
  }
}
