import assert from 'node:assert/strict';
import { z } from 'zod';
import type { MiddlewareType } from '../../src/exchange/middleware.js';
import { behaviour } from '../support/stage.js';
import { answerAndLeave, close, openTunnel } from '../support/tunnel-ends.js';
import { settled, until } from '../support/turns.js';
import { get } from '../support/wire.js';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

interface Options {
  readonly word: string;
  readonly fails: boolean;
}

/** A type whose instances note what happens to them. */
function noting(notes: string[], onEnd: () => void | Promise<void> = () => {}) {
  const type: MiddlewareType<Options> = {
    type: 'noting',
    optionsSchema: z.strictObject({ word: z.string(), fails: z.boolean().prefault(false) }),
    create(name, { word, fails }) {
      if (fails) throw new Error(`${word} cannot be made`);
      let served = 0;
      notes.push(`made ${word}`);
      return {
        name,
        onResponse: (_exchange, head) => head.headers.set('X-Word', `${word} ${++served}`),
        onEnd,
        dispose: () => {
          notes.push(`disposed of ${word}`);
        },
      };
    },
  };
  return new Map([['noting', type as MiddlewareType]]);
}

const using = (config: object) => [{ name: 'noting', is_global: true, config }];

behaviour('one that did not change goes on with what it keeps; one that did is made anew', async (stage) => {
  const backend = await stage.backend();
  const notes: string[] = [];
  const setup = (word: string) => ({ backends: [backend], middlewares: using({ word }) });
  await stage.start(setup('a'), { middlewareTypes: noting(notes) });
  const asked = async () => (await stage.ask(get())).get('x-word');
  assert.equal(await asked(), 'a 1');
  await stage.reload({ ...setup('a'), advanced: { expose: true } });
  assert.equal(await asked(), 'a 2');
  await stage.reload(setup('b'));
  assert.equal(await asked(), 'b 1');
  assert.deepEqual(notes, ['made a', 'made b', 'disposed of a']);
  const [line] = stage.log.all('reloaded').slice(-1);
  assert.deepEqual(line?.middlewares_changed, ['noting']);
});

behaviour('an old one is disposed of when the last exchange that began with it has ended', async (stage) => {
  const backend = await stage.backend(() => null);
  const notes: string[] = [];
  const setup = (word: string) => ({ backends: [backend], middlewares: using({ word }) });
  await stage.start(setup('a'), { middlewareTypes: noting(notes) });
  const clients = [await stage.client(), await stage.client()];
  for (const [index, client] of clients.entries()) {
    client.send(get());
    await backend.request(index);
  }
  await stage.reload({ ...setup('a'), advanced: { expose: true } });
  await stage.reload(setup('b'));
  for (const [index, client] of clients.entries()) {
    await settled();
    assert.deepEqual(notes, ['made a', 'made b']);
    (await backend.request(index)).peer.send(OK);
    assert.equal((await client.takeResponse()).get('x-word'), `a ${index + 1}`);
  }
  await until(() => notes.length === 3, 'the disposal');
  assert.equal(notes[2], 'disposed of a');
});

behaviour('never before a tunnel has had its onEnd, which may take its time', async (stage) => {
  const backend = await stage.rawBackend();
  const notes: string[] = [];
  let finish: () => void = () => {};
  const slow = () => {
    notes.push('the end of a');
    return new Promise<void>((resolve) => {
      finish = resolve;
    });
  };
  const setup = (word: string) => ({ backends: [backend], middlewares: using({ word }) });
  await stage.start(setup('a'), { middlewareTypes: noting(notes, slow) });
  const ends = await openTunnel(stage, backend);
  await stage.reload(setup('b'));
  await settled();
  ends.client.send(close('client', 1000));
  await ends.backend.take(8);
  await answerAndLeave(ends.backend, 'backend');
  await ends.client.ending();
  ends.client.end();
  await until(() => notes.includes('the end of a'), 'the end of the tunnel');
  await settled();
  assert.deepEqual(notes, ['made a', 'made b', 'the end of a']);
  finish();
  await until(() => notes.length === 4, 'the disposal');
  assert.equal(notes[3], 'disposed of a');
});

behaviour('one that cannot be made has nothing change, and what was made beside it is disposed of', async (stage) => {
  const backend = await stage.backend();
  const notes: string[] = [];
  const types = noting(notes);
  await stage.start({ backends: [backend], middlewares: using({ word: 'a' }) }, { middlewareTypes: types });
  const services = [
    { name: 'good', type: 'noting', is_global: true, config: { word: 'good' } },
    { name: 'bad', type: 'noting', is_global: true, config: { word: 'bad', fails: true } },
  ];
  const next = { backends: [backend], middlewares: using({ word: 'a' }), middleware_services: services };
  for (const options of [{ dryRun: true }, {}]) {
    const result = await stage.reload(next, options);
    assert.deepEqual(result, { ok: false, reason: 'failed', message: 'bad cannot be made' });
  }
  await settled();
  assert.deepEqual(notes, ['made a', 'made good', 'disposed of good', 'made good', 'disposed of good']);
  assert.equal((await stage.ask(get())).get('x-word'), 'a 1');
});

behaviour('a dry run disposes of what it made', async (stage) => {
  const notes: string[] = [];
  await stage.start({ middlewares: using({ word: 'a' }) }, { middlewareTypes: noting(notes) });
  await stage.reload({ middlewares: using({ word: 'b' }) }, { dryRun: true });
  await settled();
  assert.deepEqual(notes, ['made a', 'made b', 'disposed of b']);
});
