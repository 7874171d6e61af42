import assert from 'node:assert/strict';
import { behaviour, type Setup } from '../support/stage.js';
import { openTunnel } from '../support/tunnel-ends.js';
import { get } from '../support/wire.js';

const PAGE = 'https://app.example.com';
const cors = (config: object): Setup => ({ middlewares: [{ name: 'cors', config }] });
const from = (origin: string, method = 'GET', target = '/'): string =>
  get(target, `Origin: ${origin}\r\n`).replace('GET', method);
const preflight = (origin: string, method: string, lines = ''): string =>
  get('/', `Origin: ${origin}\r\nAccess-Control-Request-Method: ${method}\r\n${lines}`).replace('GET', 'OPTIONS');

behaviour('pages of the list may read, and what the backend says of it is dropped', async (stage) => {
  const fields = 'Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Credentials: true\r\nVary: Accept\r\n';
  const backend = await stage.backend(() => `HTTP/1.1 200 OK\r\n${fields}Content-Length: 2\r\n\r\nok`);
  const config = { allowed_origins: [PAGE, 'https://*.example.org'], exposed_headers: ['X-Total'] };
  await stage.start({ backends: [backend], ...cors(config) });
  assert.deepEqual((await stage.ask(from(PAGE))).lines, [
    'Vary: Accept, Origin',
    'Content-Length: 2',
    `Access-Control-Allow-Origin: ${PAGE}`,
    'Access-Control-Expose-Headers: X-Total',
  ]);
  for (const request of [from('https://evil.example'), get()]) {
    assert.deepEqual((await stage.ask(request)).lines, ['Vary: Accept, Origin', 'Content-Length: 2']);
  }
  assert.equal((await backend.request()).get('origin'), PAGE);
});

behaviour('a preflight is answered without the backend, with credentials and an age', async (stage) => {
  const backend = await stage.backend();
  const config = { allowed_origins: [PAGE], allow_credentials: true, max_age: '1h', allowed_methods: ['GET', 'PUT'] };
  await stage.start({ backends: [backend], ...cors({ ...config, allowed_headers: ['X-A'] }) });
  const response = await stage.ask(preflight(PAGE, 'PUT', 'Access-Control-Request-Headers: x-a\r\n'));
  assert.equal(response.firstLine, 'HTTP/1.1 204 No Content');
  assert.deepEqual(response.lines, [
    'Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
    `Access-Control-Allow-Origin: ${PAGE}`,
    'Access-Control-Allow-Credentials: true',
    'Access-Control-Allow-Methods: GET, PUT',
    'Access-Control-Allow-Headers: X-A',
    'Access-Control-Max-Age: 3600',
  ]);
  assert.equal(
    (await stage.ask(preflight('https://evil.example', 'PUT'))).get('access-control-allow-origin'),
    undefined,
  );
  assert.equal(backend.requests.length, 0);
  assert.equal((await stage.outcome()).error, null);
});

behaviour('an OPTIONS that is no preflight goes to the backend', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend], ...cors({}) });
  assert.equal((await stage.ask(from(PAGE, 'OPTIONS'))).get('access-control-allow-origin'), '*');
  assert.equal((await backend.request()).method, 'OPTIONS');
});

behaviour('a route takes preflights for its methods, though they lack OPTIONS', async (stage) => {
  const backend = await stage.backend();
  const rules = [
    { pattern: '/*', target: 'api', methods: ['GET'], middlewares: ['cors'] },
    { pattern: '/*', target: 'api', methods: ['PUT', 'DELETE'], middlewares: ['puts'] },
    { pattern: '/*', target: 'api', methods: ['POST'] },
  ];
  const middleware_services = [{ name: 'puts', type: 'cors', config: { allowed_methods: ['PUT', 'DELETE'] } }];
  await stage.start({
    backends: [backend],
    middlewares: [{ name: 'cors', config: { allowed_methods: ['GET'] } }],
    middleware_services,
    host_rules: [{ pattern: '*', route_rules: rules }],
  });
  assert.equal((await stage.ask(preflight(PAGE, 'GET'))).get('access-control-allow-methods'), 'GET');
  assert.equal((await stage.ask(preflight(PAGE, 'DELETE'))).get('access-control-allow-methods'), 'PUT, DELETE');
  // One has no cors, one is taken by no rule, and what is no preflight is not let in.
  for (const request of [preflight(PAGE, 'POST'), preflight(PAGE, 'PATCH'), from(PAGE, 'OPTIONS')]) {
    assert.equal((await stage.ask(request)).status, 405);
  }
  assert.equal(backend.requests.length, 0);
});

behaviour('a page may read failures, and what other middlewares refuse', async (stage) => {
  const middlewares = [{ name: 'cors' }, { name: 'rate_limit', config: { burst: 1 } }];
  await stage.start({ middlewares });
  for (const status of [502, 429]) {
    const response = await stage.ask(from(PAGE));
    assert.deepEqual([response.status, response.get('access-control-allow-origin')], [status, '*']);
  }
});

behaviour('event streams are read as other responses; handshakes pass untouched', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend], ...cors({ allowed_origins: [PAGE] }) });
  const reader = await stage.client();
  reader.send(get('/', `Accept: text/event-stream\r\nOrigin: ${PAGE}\r\n`));
  const peer = await backend.connection();
  await peer.takeHead();
  peer.send('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n');
  assert.match(await reader.takeHead(), new RegExp(`\r\nAccess-Control-Allow-Origin: ${PAGE}\r\n`));
  const lines = 'Origin: https://evil.example\r\nAccess-Control-Allow-Origin: theirs\r\n';
  const client = await stage.client();
  const { client: other, backend: end } = await openTunnel(stage, backend, lines);
  for (const one of [reader, peer, client, other, end]) one.destroy();
  await stage.open('exchanges', 0);
});
