import assert from 'node:assert/strict';
import { z } from 'zod';
import type { MiddlewareType } from '../../src/exchange/middleware.js';
import { freePort } from '../support/free-port.js';
import { behaviour } from '../support/stage.js';
import { settled, until } from '../support/turns.js';
import { get } from '../support/wire.js';

const REFRESH_MS = 1000;

/** A type whose instances do something when they are made: within a reload, before it opens ports. */
function acting(act: () => void) {
  const type: MiddlewareType = {
    type: 'acting',
    optionsSchema: z.strictObject({}),
    create: (name) => {
      act();
      return { name };
    },
  };
  return new Map([['acting', type]]);
}

behaviour('an answer that comes while a reload is under way holds behind it', async (stage) => {
  const answers: ((addresses: readonly string[]) => void)[] = [];
  const resolver = () => new Promise<readonly string[]>((resolve) => answers.push(resolve));
  const backend = await stage.backend();
  const url = backend.url.replace('127.0.0.1', 'app.example');
  // Its certificate is for another name.
  const tls = url.startsWith('https:') ? { tls: { verify: false } } : {};
  const service = { url, ...tls, dns: { refresh: REFRESH_MS / 1000 } };
  const host_rules = [{ pattern: '*', target: 'app' }];
  const setup = { services: { app: service }, host_rules };
  const middlewareTypes = acting(() => answers[1]?.(['127.0.0.1']));
  await stage.start(setup, { resolver, middlewareTypes });
  answers[0]?.(['127.0.0.2']);
  await settled();
  await stage.pass(REFRESH_MS);
  await until(() => answers.length === 2, 'the second question');
  const result = await stage.reload({
    ...setup,
    host_rules: [...host_rules, { pattern: '*', port: await freePort(), target: 'app' }],
    middlewares: [{ name: 'acting' }],
  });
  assert.ok(result.ok);
  assert.deepEqual(stage.log.all('backend addresses changed').length, 2);
  assert.deepEqual(
    stage.proxy.wings.services().flatMap(({ backends }) => backends.map(({ id }) => id)),
    [`127.0.0.1:${new URL(backend.url).port}`],
  );
  assert.equal((await stage.ask(get())).status, 200);
});
