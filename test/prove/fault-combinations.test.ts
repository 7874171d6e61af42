import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FaultProxy } from '../support/faults/fault-proxy.js';
import { RawBackend } from '../support/raw-backend.js';
import { RawPeer } from '../support/raw-peer.js';
import { readChunked, readHead } from '../support/raw-response.js';
import { FrameJudge } from '../support/simulation/frame-judge.js';
import { SeededRandom } from '../support/simulation/random.js';
import { close, frame, handshake, switching, text } from '../support/tunnel-ends.js';
import { faultPlan, forgesEnds } from './support/fault-plan.js';
import { startProxy } from './support/proxy-process.js';
import { chosenSeed } from './support/random.js';
import { inParallel, sleep } from './support/wait.js';

const CASES = 400;
const AT_ONCE = 12;
const BODY = Array.from({ length: 150 }, (_, line) => `line ${line} of what comes whole or is seen not to\n`).join('');
const half = BODY.length >> 1;
const chunk = (payload: string): string => `${payload.length.toString(16)}\r\n${payload}\r\n`;
const CHUNKS = `${chunk(BODY.slice(0, half))}${chunk(BODY.slice(half))}0\r\n\r\n`;
const OK = 'HTTP/1.1 200 OK\r\n';
const LENGTH = `Content-Length: ${BODY.length}\r\n\r\n${BODY}`;
const CHUNKED = `Transfer-Encoding: chunked\r\n\r\n${CHUNKS}`;
const responses: Readonly<Record<string, string>> = {
  length: `${OK}${LENGTH}`,
  chunked: `${OK}${CHUNKED}`,
  events: `${OK}Content-Type: text/event-stream\r\n${CHUNKED}`,
  close: `${OK}\r\n${BODY}`,
};
const requests: Readonly<Record<string, string>> = { get: '\r\n', length: LENGTH, chunked: CHUNKED };
const MESSAGES = ['Hello', '', BODY.slice(0, 200), BODY];
const framesOf = (from: 'client' | 'backend'): Buffer => {
  const middle = [frame(from, 1, 'Hel', false), frame(from, 9, 'ping'), frame(from, 0, 'lo')];
  return Buffer.concat([...middle, ...MESSAGES.slice(1).map((message) => text(from, message)), close(from, 1000)]);
};
/** Statuses of our own that a bad network may lead to. */
const FAILURES = [400, 408, 502, 504];

/** Answers what came whole, and fails where a part of a request body came as a whole one. */
async function serve(peer: RawPeer): Promise<void> {
  const head = await peer.takeHead();
  if (head.startsWith('GET /tunnel')) {
    peer.send(switching());
    peer.send(framesOf('backend'));
    return judgeFrames(peer, true).finally(() => peer.end());
  }
  const form = /^\S+ \/(\w+) /.exec(head)?.[1] ?? '';
  const declared = /\r\ncontent-length: (\d+)\r\n/i.exec(head)?.[1];
  if (declared !== undefined) assert.ok((await peer.take(Number(declared))) === BODY);
  else if (/\r\ntransfer-encoding: /i.test(head))
    assert.ok(readChunked(await peer.takeThrough('\r\n0\r\n\r\n')) === BODY);
  peer.send(responses[form] ?? assert.fail(`a request that nobody sent: ${head}`));
  if (form === 'close') peer.end();
}

/** Reads frames up to a Close or an end: each well formed, and the messages those that were sent, in order. */
async function judgeFrames(peer: RawPeer, masked: boolean): Promise<void> {
  const judge = new FrameJudge(masked);
  for (let came = await peer.someBytes(); came && judge.closeCode === null; came = await peer.someBytes())
    judge.feed(Buffer.from(await peer.take(peer.untaken.length), 'latin1'));
  assert.deepEqual(judge.messages, MESSAGES.slice(0, judge.messages.length));
}

/** @returns what it was: whole, refused or seen to be cut */
async function judgeResponse(client: RawPeer, form: string): Promise<'whole' | 'refused' | 'cut'> {
  await client.bytesOrEnd(Number.POSITIVE_INFINITY); // gives up where it hangs beyond every timeout
  const { received } = client;
  const end = received.indexOf('\r\n\r\n') + 4;
  if (end < 4) return 'cut';
  const { status, ...head } = readHead(received.slice(0, end));
  const body = received.slice(end);
  if (status !== 200) {
    assert.ok(FAILURES.includes(status), `status ${status}`);
    return 'refused';
  }
  if (form !== 'close') {
    const whole = form === 'length' ? body.length >= BODY.length : body.endsWith('\r\n0\r\n\r\n');
    if (whole) assert.ok((form === 'length' ? body : readChunked(body)) === BODY, 'another body');
    return whole ? 'whole' : 'cut';
  }
  assert.ok(head.get('content-length') === undefined && BODY.startsWith(body), 'another body');
  if (body !== BODY) assert.ok(await client.wasReset(), 'a part of it looks whole');
  return body === BODY ? 'whole' : 'cut';
}

test(`${CASES} exchanges and tunnels through two bad networks: right, refused, or seen to be cut`, {
  timeout: 150_000,
}, async (t) => {
  const random = new SeededRandom(chosenSeed('fault combinations'));
  const faults: unknown[] = [];
  const backend = await RawBackend.listen((peer) => {
    // Where its peer is gone there is nothing to answer; what is wrong is an assertion of ours.
    serve(peer).catch((error: Error) => {
      if (!/^(?:closed|gave up), waiting/.test(error.message)) faults.push(error);
    });
  });
  t.after(() => backend.close());
  let forged = false;
  const far = await FaultProxy.listen(backend.ownPort, () => {
    for (;;) {
      const plan = faultPlan(random);
      // Nobody can tell a FIN of the network from one of the backend: a response until close would look whole.
      if (!forgesEnds(plan) || forged) return plan;
    }
  });
  const timeout = 'read_timeout: 1, write_timeout: 1, header_timeout: 1, keepalive_timeout: 1, sse_idle_timeout: 1';
  const url = `http://127.0.0.1:${far.port}`;
  const proxy = await startProxy(t, {
    services: { far: url },
    routes: { '*': 'far' },
    timeout,
    pool: 'idle_timeout: 1',
  });
  const before = proxy.descriptors();
  const ends: Record<string, number> = {};

  const play = async (form: string): Promise<void> => {
    const plan = faultPlan(random);
    if (form === 'close' && forgesEnds(plan)) return;
    const near = await FaultProxy.listen(proxy.port, plan);
    const client = await RawPeer.connect(near.port);
    let how = 'tunnel';
    if (form === 'tunnel') {
      client.send(handshake().replace('/ws', '/tunnel'));
      client.send(framesOf('client'));
      await Promise.race([
        sleep(3000),
        client.takeHead().then((head) => (/ 101 /.test(head) ? judgeFrames(client, false) : undefined)),
      ]).catch((error: Error) => {
        if (!/^(?:closed|gave up), waiting/.test(error.message)) throw error;
      });
    } else {
      const body = random.pick(Object.keys(requests));
      const method = body === 'get' ? 'GET' : 'POST';
      client.send(`${method} /${form} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${requests[body]}`);
      how = await judgeResponse(client, form);
    }
    ends[how] = (ends[how] ?? 0) + 1;
    client.destroy();
    await near.close();
  };
  for (const forms of [['length', 'chunked', 'events', 'tunnel'], ['close']]) {
    forged = forms.length > 1;
    await inParallel(forged ? CASES : CASES / 5, AT_ONCE, async (index) => {
      const form = random.pick(forms);
      await play(form).catch((error: Error) => {
        error.message = `case ${index}, ${form}: ${error.message}`;
        throw error;
      });
    });
  }
  console.log(`fault combinations: ${JSON.stringify(ends)}`);
  assert.deepEqual(faults, []);
  assert.ok(proxy.program.alive, proxy.program.output);
  await far.close();
  await backend.close();
  await proxy.descriptorsBackTo(before, 25_000);
});
