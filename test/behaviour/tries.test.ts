import assert from 'node:assert/strict';
import { unusedPort } from '../support/raw-backend.js';
import { behaviour } from '../support/stage.js';
import { until } from '../support/turns.js';
import { get } from '../support/wire.js';

behaviour('the line of logging lists each try of a retried exchange and its cause', async (stage) => {
  const dead = { url: `http://127.0.0.1:${await unusedPort()}` };
  const backend = await stage.backend();
  await stage.start({ backends: [dead, backend], middlewares: [{ name: 'logging' }] });
  assert.equal((await stage.ask(get())).status, 200);
  await until(() => stage.log.all('exchange ended').length === 1, 'a line');
  const tried = [{ backend: dead.url, code: 'connect-refused' }, { backend: backend.url }];
  assert.deepEqual(stage.log.all('exchange ended')[0]?.tried, tried);
  assert.equal((await stage.ask(get())).status, 200);
});

behaviour('the line of an exchange that failed lists each try and its cause', async (stage) => {
  const urls = [`http://127.0.0.1:${await unusedPort()}`, `http://127.0.0.1:${await unusedPort()}`];
  await stage.start({ backends: urls.map((url) => ({ url })) });
  assert.equal((await stage.ask(get())).status, 502);
  const [fields] = stage.log.all('exchange failed');
  assert.deepEqual(
    fields?.tried,
    urls.map((backend) => ({ backend, code: 'connect-refused' })),
  );
});

behaviour('one try is not listed', async (stage) => {
  await stage.start({ backends: [{ url: `http://127.0.0.1:${await unusedPort()}` }] });
  assert.equal((await stage.ask(get())).status, 502);
  const [fields] = stage.log.all('exchange failed');
  assert.deepEqual([fields?.tries, fields?.tried], [1, undefined]);
});

behaviour('a failure blamed on the client names the backend', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send(get());
  await (await backend.connection()).takeHead();
  client.reset();
  const { error, tries } = await stage.outcome();
  assert.equal(error?.code, 'client-gone');
  assert.deepEqual(tries, [{ backend: backend.url, error: null }]);
  assert.equal(stage.log.all('exchange failed')[0]?.backend, backend.url);
});

behaviour('OPTIONS * passes a route with a rewrite as it came', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend], route: { pattern: '~^.*$', rewrite: { from: '~^/(.*)$', to: '/new/$1' } } });
  const response = await stage.ask('OPTIONS * HTTP/1.1\r\nHost: a.example\r\n\r\n');
  assert.equal(response.status, 200);
  assert.equal((await backend.request()).target, '*');
});

behaviour('x_request_id from a client does not reach the backend', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend] });
  await stage.ask(get('/', 'X_Request_Id: theirs\r\nX-Request-Id: theirs\r\n'));
  const request = await backend.request();
  assert.equal(request.get('x-request-id'), stage.ended[0]?.exchange.id);
  assert.ok(!request.text.includes('theirs'));
  assert.equal(request.get('x_request_id'), undefined);
});
