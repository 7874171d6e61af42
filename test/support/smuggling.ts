import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Setup, Stage } from './stage.js';
import type { StrictBackend } from './strict-backend.js';
import { get, plain } from './wire.js';

/** What no refused case may ever bring before a backend: it stands behind what is refused. */
export const SMUGGLED = get('/smuggled');

/** Bytes of a client that the proxy refuses. */
export interface RefusedBytes {
  readonly what: string;
  readonly bytes: string;
  readonly status: string;
  readonly code: string;
  /** What the backend may see whole ahead of it; nothing where absent. */
  readonly seen?: readonly string[];
  /** The fault is in the body: the backend may have begun to read the request, and must never see its end. */
  readonly inBody?: true;
  readonly advanced?: Setup['advanced'];
  /** More of the response's head. */
  readonly line?: string;
}

/** Bytes of a client that look odd and can be read in one way only. */
export interface PassingBytes {
  readonly what: string;
  readonly bytes: string;
  /** Method and target of everything that the backend sees. */
  readonly seen: readonly string[];
  /** The body of the first, byte by byte. */
  readonly body?: string;
  /** Lines that the first has, and names of fields that it has not. */
  readonly lines?: readonly string[];
  readonly without?: readonly string[];
  readonly advanced?: Setup['advanced'];
}

export type Case = RefusedBytes | PassingBytes;

/**
 * A test for each case: the answer, the line in the log, the close, a backend that saw nothing it may not see, and
 * another client that is served behind it. Cases of the same configuration share a proxy, and its pooled connections.
 */
export function smuggling(subject: string, cases: readonly Case[]): void {
  const configurations = new Set(cases.map(({ advanced = {} }) => JSON.stringify(advanced)));
  for (const configuration of configurations) {
    const group = cases.filter(({ advanced = {} }) => JSON.stringify(advanced) === configuration);
    describe(`${subject}, configured ${configuration}`, () => {
      const stage = new Stage();
      let backend: StrictBackend;
      before(async () => {
        backend = await stage.strictBackend();
        await stage.start({ backends: [backend], ...(group[0]?.advanced && { advanced: group[0].advanced }) });
      });
      for (const one of group) {
        const outcome = 'code' in one ? `${one.status.slice(0, 3)} ${one.code}` : `passes as ${one.seen.join(', ')}`;
        test(`${one.what}: ${outcome}`, async () => {
          backend.forget();
          stage.log.lines.length = 0;
          if ('code' in one) await playRefused(stage, backend, one);
          else await playPassing(stage, backend, one);
          assert.equal((await stage.ask(get('/after'))).status, 200);
          backend.assertSaw(...(one.seen ?? []), 'GET /after');
        });
      }
      after(() => stage.close());
    });
  }
}

async function playRefused(stage: Stage, backend: StrictBackend, one: RefusedBytes): Promise<void> {
  const { bytes, status, code, seen = [], inBody, line } = one;
  const client = await stage.client();
  client.send(bytes);
  for (const request of seen) assert.equal((await client.takeResponse()).status, 200, request);
  const response = await client.takeResponse();
  const id = response.get('x-request-id') ?? '';
  assert.equal(response.firstLine, `HTTP/1.1 ${status}`);
  assert.equal(response.get('connection'), 'close');
  assert.equal(response.get('content-type'), 'text/plain; charset=utf-8');
  assert.match(plain(response.body), new RegExp(`^${status}: [^\\n]+\\ncode: ${code}\\nrequest: ID\\n$`));
  if (line !== undefined) assert.ok(response.lines.includes(line));
  assert.equal(await client.ending(), 'fin');
  assert.equal(client.untaken, '', 'nothing behind the refusal was answered');

  assert.deepEqual(
    stage.log.lines.map(({ message, fields }) => [message, fields.code, fields.status, fields.request_id]),
    [[inBody ? 'exchange failed' : 'request refused', code, Number(status.slice(0, 3)), id]],
  );
  await stage.open('exchanges', 0);
  backend.assertSaw(...seen);
  const unfinished = await backend.unfinished();
  if (!inBody) assert.deepEqual(unfinished, []);
}

async function playPassing(stage: Stage, backend: StrictBackend, one: PassingBytes): Promise<void> {
  const { bytes, seen, body, lines = [], without = [] } = one;
  const client = await stage.client();
  client.send(bytes);
  for (const request of seen) {
    assert.equal((await client.takeResponse(request.split(' ')[0])).status, 200, request);
  }
  await stage.open('exchanges', 0);
  assert.equal(client.untaken, '');
  assert.deepEqual(stage.log.codes, []);
  backend.assertSaw(...seen);
  const [first] = backend.requests;
  if (body !== undefined) assert.equal(first?.body, body);
  for (const line of lines) assert.ok(first?.lines.includes(line), `${line} in ${first?.lines.join('\n')}`);
  const names = (first?.lines ?? []).map((line) => line.slice(0, line.indexOf(':')).toLowerCase());
  for (const name of without) assert.ok(!names.includes(name), `no ${name} in ${names.join(' ')}`);
}
