import assert from 'node:assert/strict';
import { z } from 'zod';
import type { Middleware, MiddlewareType } from '../../src/exchange/middleware.js';
import { behaviour } from '../support/stage.js';
import { get } from '../support/wire.js';

type Hooks = Pick<Middleware, 'onRequest' | 'onResponse'>;

function failing(hooks: Hooks): ReadonlyMap<string, MiddlewareType> {
  const create = (name: string) => ({ name, ...hooks });
  return new Map([['failing', { type: 'failing', optionsSchema: z.strictObject({}), create }]]);
}

const bad = {
  'CR LF': 'a\r\nX-Smuggled: 1',
  LF: 'a\nX-Smuggled: 1',
  NUL: '\0X-Smuggled',
  'a character that Latin-1 cuts to LF': 'a\u010d\u010aX-Smuggled: 1',
};

const places: Readonly<Record<string, (value: string) => Hooks>> = {
  'respond()': (value) => ({ onRequest: (exchange) => exchange.respond(200, [['X-A', value]], 'never') }),
  'the head of a response': (value) => ({ onResponse: (_exchange, head) => head.headers.set('X-A', value) }),
  'a line more of a response': (value) => ({ onResponse: (_exchange, head) => head.headers.append('X-A', value) }),
  'the request to the backend': (value) => ({
    onRequest: (exchange) => exchange.backendRequest.headers.set('X-A', value),
  }),
  'a line more of the request': (value) => ({
    onRequest: (exchange) => exchange.backendRequest.headers.append('X-A', value),
  }),
};

for (const [place, hooks] of Object.entries(places)) {
  for (const [what, value] of Object.entries(bad)) {
    behaviour(`${what} in ${place} is a failure of the middleware`, async (stage) => {
      const backend = await stage.backend();
      const middlewares = [{ name: 'failing' }];
      await stage.start({ backends: [backend], middlewares }, { middlewareTypes: failing(hooks(value)) });
      const response = await stage.ask(get());
      assert.equal(response.status, 500);
      assert.match(response.body, /code: middleware-failed\n/);
      assert.ok(!`${response.text}${response.body}`.includes('X-Smuggled'));
      assert.ok(!backend.requests.some(({ text }) => text.includes('X-Smuggled')));
      assert.deepEqual(backend.faults, []);
    });
  }
}

for (const status of [99, 101, 199, 600, 700, 200.5, Number.NaN]) {
  behaviour(`respond(${status}) throws`, async (stage) => {
    let thrown: unknown;
    const hooks: Hooks = {
      onRequest: (exchange) => {
        try {
          exchange.respond(status);
        } catch (error) {
          thrown = error;
          throw error;
        }
      },
    };
    await stage.start({ middlewares: [{ name: 'failing' }] }, { middlewareTypes: failing(hooks) });
    assert.equal((await stage.ask(get())).status, 500);
    assert.ok(thrown instanceof RangeError);
    assert.equal((await stage.outcome()).error?.code, 'middleware-failed');
  });
}
