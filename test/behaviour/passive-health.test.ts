import assert from 'node:assert/strict';
import { unusedPort } from '../support/raw-backend.js';
import type { RecordingBackend } from '../support/recording-backend.js';
import { behaviour, type Stage } from '../support/stage.js';
import { openTunnel, takeClose } from '../support/tunnel-ends.js';
import { until } from '../support/turns.js';
import { get } from '../support/wire.js';

type Mood = 'well' | 'gone' | 'held';
const response = (body: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

interface Url {
  readonly url: string;
}

interface Moody {
  readonly backend: RecordingBackend;
  mood: Mood;
}

/** A backend that answers with its name, resets, or leaves the answer to the test. */
async function moody(stage: Stage, name: string, mood: Mood): Promise<Moody> {
  const one: { backend: RecordingBackend; mood: Mood } = {
    backend: await stage.backend(({ peer }) => {
      if (one.mood === 'gone') peer.reset();
      return one.mood === 'well' ? response(name) : null;
    }),
    mood,
  };
  return one;
}

/** One try each, so that each failure is seen. */
function watching(urls: readonly Url[], passive: object | null) {
  const backends = urls.map(({ url }) => ({ url }));
  const written = passive === null ? {} : { passive_health_check: passive };
  return { services: { api: { load_balancer: { backends, retry: { attempts: 1 }, ...written } } } };
}

/** The bodies, or the statuses of what was not served, of so many requests one after the other. */
async function asked(stage: Stage, count: number): Promise<string> {
  const answers: string[] = [];
  for (let round = 0; round < count; round++) {
    const { status, body } = await stage.ask(get());
    answers.push(status === 200 ? body : String(status));
  }
  return answers.join(' ');
}

function changes(stage: Stage): string[] {
  return stage.backendChanges.map(({ became, reason }) => `${became}: ${reason}`);
}

/** Taken out after two failures for 10 s, beside one that is well. */
async function takenOut(stage: Stage): Promise<Moody> {
  const bad = await moody(stage, 'bad', 'gone');
  const good = await moody(stage, 'good', 'well');
  await stage.start(watching([bad.backend, good.backend], { failures: 2, within: 30, retry_after: 10 }));
  assert.equal(await asked(stage, 4), '502 good 502 good');
  assert.deepEqual(changes(stage), ['taken-out: 2 failures, the last one backend-gone; for 10 s']);
  return bad;
}

behaviour('so many failures within the window take a backend out', async (stage) => {
  const bad = { url: `http://127.0.0.1:${await unusedPort()}` };
  const good = await stage.backend(() => response('good'));
  await stage.start(watching([bad, good], { failures: 3, within: 10, retry_after: 10 }));
  assert.equal(await asked(stage, 12), '502 good 502 good 502 good good good good good good good');
  const [change, ...more] = stage.backendChanges;
  assert.deepEqual(more, []);
  assert.deepEqual([change?.service, change?.backend, change?.became], ['api', bad.url, 'taken-out']);
});

behaviour('failures that are further apart than the window do not', async (stage) => {
  const bad = await moody(stage, 'bad', 'gone');
  const good = await moody(stage, 'good', 'well');
  await stage.start(watching([bad.backend, good.backend], { failures: 3, within: 10, retry_after: 10 }));
  for (let round = 0; round < 6; round++) {
    assert.equal(await asked(stage, 2), '502 good');
    await stage.pass(6_000);
  }
  assert.deepEqual(changes(stage), []);
});

behaviour('five failures in 30 s do where nothing is written, and failures 0 has none do', async (stage) => {
  const urls = [await moody(stage, 'bad', 'gone'), await moody(stage, 'good', 'well')].map(({ backend }) => backend);
  await stage.start(watching(urls, null));
  assert.equal(await asked(stage, 10), '502 good 502 good 502 good 502 good 502 good');
  assert.equal(changes(stage).length, 1);
  assert.equal(await asked(stage, 3), 'good good good');
  await stage.reload(watching(urls, { failures: 0 }));
  assert.deepEqual(changes(stage).slice(1), ['brought-back: its traffic is not watched any more']);
  assert.match(await asked(stage, 14), /^(?:good )?502 good 502 good 502 good 502 good 502 good 502 good/);
});

behaviour('behind retry_after one request at a time tries it, and one that is served brings it back', async (stage) => {
  const bad = await takenOut(stage);
  await stage.pass(9_750);
  assert.equal(await asked(stage, 3), 'good good good');
  await stage.pass(250);
  bad.mood = 'held';
  const tried = await stage.client();
  tried.send(get());
  const trial = await bad.backend.request(2);
  assert.equal(await asked(stage, 4), 'good good good good', 'while it is tried nobody else is sent there');
  trial.peer.send(response('bad'));
  assert.equal((await tried.takeResponse()).body, 'bad');
  bad.mood = 'well';
  assert.deepEqual(changes(stage).slice(1), ['brought-back: a request was served']);
  assert.deepEqual(new Set((await asked(stage, 4)).split(' ')), new Set(['bad', 'good']));
});

behaviour('whoever waits for room is the trial once that is due', async (stage) => {
  const bad = await moody(stage, 'bad', 'gone');
  const good = await moody(stage, 'good', 'held');
  const advanced = { connection_pool: { max_active_connections: 1 } };
  const passive = { failures: 1, within: 10, retry_after: 5 };
  await stage.start({ ...watching([bad.backend, good.backend], passive), advanced });
  assert.equal(await asked(stage, 1), '502');
  const [first, second] = [await stage.client(), await stage.client()];
  first.send(get());
  await stage.open('exchanges', 1);
  second.send(get());
  await stage.open('waiting', 1);
  bad.mood = 'well';
  await stage.pass(5_250);
  assert.equal((await second.takeResponse()).body, 'bad');
  assert.equal(stage.proxy.counters.exchanges, 1);
});

behaviour('each trial that fails doubles the time, up to ten times of it', async (stage) => {
  await takenOut(stage);
  for (const seconds of [10, 20, 40, 80, 100, 100]) {
    await stage.pass(seconds * 1000 - 250);
    assert.equal(await asked(stage, 2), 'good good', `${seconds} s are not over`);
    await stage.pass(250);
    assert.equal((await asked(stage, 3)).split(' ').filter((answer) => answer === '502').length, 1);
  }
  assert.deepEqual(
    changes(stage).map((change) => /for (\d+) s$/.exec(change)?.[1]),
    ['10', '20', '40', '80', '100', '100', '100'],
  );
});

behaviour('once it is back the time begins at retry_after again', async (stage) => {
  const bad = await takenOut(stage);
  await stage.pass(10_000);
  await asked(stage, 2);
  bad.mood = 'well';
  await stage.pass(20_000);
  await asked(stage, 2);
  bad.mood = 'gone';
  await asked(stage, 4);
  assert.deepEqual(changes(stage), [
    'taken-out: 2 failures, the last one backend-gone; for 10 s',
    'taken-out: backend-gone once more; for 20 s',
    'brought-back: a request was served',
    'taken-out: 2 failures, the last one backend-gone; for 10 s',
  ]);
});

behaviour('who was taken out stays out over a reload, as long as it was told', async (stage) => {
  const bad = await takenOut(stage);
  bad.mood = 'well';
  const other = await moody(stage, 'other', 'well');
  await stage.reload(watching([bad.backend, other.backend], { failures: 3, within: 60, retry_after: 20 }));
  await stage.pass(9_750);
  assert.equal(await asked(stage, 3), 'other other other');
  await stage.pass(250);
  assert.match(await asked(stage, 2), /bad/);
});

behaviour('a reload that has no failure take anybody out brings back who was, and says so', async (stage) => {
  const bad = await takenOut(stage);
  bad.mood = 'well';
  await stage.reload(watching([bad.backend], { failures: 0 }));
  assert.match(await asked(stage, 2), /bad/);
  assert.deepEqual(changes(stage).slice(1), ['brought-back: its traffic is not watched any more']);
});

behaviour('a client that leaves a trial decides nothing: the next one tries', async (stage) => {
  const bad = await takenOut(stage);
  await stage.pass(10_000);
  bad.mood = 'held';
  const leaver = await stage.client();
  leaver.send(get());
  await bad.backend.request(2);
  leaver.reset();
  await stage.open('exchanges', 0);
  assert.equal(changes(stage).length, 1);
  bad.mood = 'well';
  assert.match(await asked(stage, 2), /bad/);
  assert.deepEqual(changes(stage).slice(1), ['brought-back: a request was served']);
});

behaviour('a backend that stands alone stays, unless passive_health_check is written', async (stage) => {
  const bad = await moody(stage, 'alone', 'gone');
  await stage.start(watching([bad.backend], null));
  assert.equal(await asked(stage, 7), '502 502 502 502 502 502 502');
  assert.deepEqual(changes(stage), []);
  await stage.reload(watching([bad.backend], { failures: 2 }));
  assert.equal(await asked(stage, 4), '502 502 503 503');
  assert.equal(changes(stage).length, 1);
  bad.mood = 'well';
  await stage.pass(10_000);
  assert.equal(await asked(stage, 2), 'alone alone');
});

behaviour('all out: 503 no-backend and Retry-After, until a trial', async (stage) => {
  const all = [await moody(stage, 'a', 'gone'), await moody(stage, 'b', 'gone')];
  await stage.start(
    watching(
      all.map(({ backend }) => backend),
      { failures: 1, retry_after: 10 },
    ),
  );
  assert.equal(await asked(stage, 3), '502 502 503');
  assert.deepEqual(stage.log.codes.slice(-1), ['no-backend']);
  for (const one of all) one.mood = 'well';
  await stage.pass(10_000);
  assert.deepEqual(new Set((await asked(stage, 4)).split(' ')), new Set(['a', 'b']));
});

behaviour('what a backend answers, and what clients do, is no failure of it', async (stage) => {
  const answers = ['HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n', 'HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n'];
  const backend = await stage.backend(({ target }) =>
    target === '/held' ? null : (answers.shift() ?? response('ok')),
  );
  await stage.start(watching([backend], { failures: 1 }));
  assert.equal(await asked(stage, 3), '503 500 ok');
  for (let round = 0; round < 2; round++) {
    const client = await stage.client();
    client.send(get('/held'));
    await until(() => backend.requests.length === 4 + round, 'the request');
    client.reset();
    await stage.open('exchanges', 0);
  }
  assert.deepEqual(changes(stage), []);
});

behaviour('how tunnels and event streams end is no failure', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ ...watching([backend], { failures: 1 }), advanced: { timeout: { sse_idle_timeout: 5 } } });
  for (let round = 0; round < 2; round++) {
    const ends = await openTunnel(stage, backend);
    ends.backend.reset();
    assert.equal(await takeClose(ends.client, 'client'), '1011 backend gone');
    ends.client.destroy();
    await stage.open('tunnels', 0);
  }
  // Silent behind an event, and within one.
  for (const [round, begun] of ['', 'data: '].entries()) {
    const client = await stage.client();
    client.send(get());
    const peer = await backend.connection(2 + round);
    await peer.takeHead();
    peer.send(`HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n${begun}`);
    await client.takeThrough(`data: 1\n\n`);
    await stage.pass(5_000);
    await client.ending();
    assert.equal((await stage.outcome(2 + round)).error?.code, 'stream-idle-timeout');
  }
  assert.deepEqual(changes(stage), []);
});

behaviour('a handshake is a trial too: its 101 brings the backend back', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start(watching([backend], { failures: 1, retry_after: 10 }));
  const client = await stage.client();
  client.send(get());
  (await backend.connection()).reset();
  assert.equal((await client.takeResponse()).status, 502);
  await stage.pass(10_000);
  const ends = await openTunnel(stage, backend);
  assert.deepEqual(changes(stage).slice(1), ['brought-back: a request was served']);
  ends.client.destroy();
  ends.backend.destroy();
});
