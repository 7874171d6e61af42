import assert from 'node:assert/strict';
import { RouteApi, type RouteQuestion, routeAnswer } from '../support/route-api.js';
import { behaviour, type Setup, type Stage } from '../support/stage.js';
import { openTunnel } from '../support/tunnel-ends.js';
import { settled, until } from '../support/turns.js';
import { get } from '../support/wire.js';

const FAILED = 'dynamic route failed: the rule decides';

/** A proxy with the services `api` and `green`, whose backends answer with their name. */
async function start(stage: Stage, api: RouteApi, config: object = {}): Promise<Setup> {
  stage.closesBehind(api);
  const named = async (name: string) => {
    const answer = `HTTP/1.1 200 OK\r\nContent-Length: ${name.length}\r\n\r\n${name}`;
    return { url: (await stage.backend(() => answer)).url };
  };
  const services = { api: await named('api'), green: await named('green') };
  const options = { api_url: api.url, ...config };
  const setup = { services, middlewares: [{ name: 'dynamic_route', config: options }] };
  await stage.start(setup);
  return setup;
}

const to = (host: string): string => `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
const says = (service: string) => (question: RouteQuestion) => void question.response.end(routeAnswer(service));
const served = async (stage: Stage, host = 'a.example'): Promise<string> => (await stage.ask(to(host))).body;

behaviour('the API names the service, and is asked once for a host however it is written', async (stage) => {
  const api = await RouteApi.listen(says('green'));
  await start(stage, api);
  for (const host of ['a.example', 'A.example', 'a.example:8080', 'a.example.']) {
    assert.equal(await served(stage, host), 'green');
  }
  const { method, contentType, body } = await api.question();
  assert.deepEqual([method, contentType, body], ['POST', 'application/json', '{"host":"a.example"}']);
  assert.equal(api.questions.length, 1);
  assert.equal(stage.ended[0]?.exchange.serviceName, 'green');
  assert.equal(await served(stage, 'b.example'), 'green');
  assert.equal(api.questions.length, 2);
});

behaviour('an empty name changes nothing', async (stage) => {
  await start(stage, await RouteApi.listen(says('')));
  assert.equal(await served(stage), 'api');
  assert.deepEqual(stage.log.lines, []);
});

behaviour('event streams and tunnels go to the service that is named', async (stage) => {
  const api = await RouteApi.listen(says('green'));
  stage.closesBehind(api);
  const [own, green] = [await stage.backend(), await stage.rawBackend()];
  const services = { api: { url: own.url }, green: { url: green.url } };
  await stage.start({ services, middlewares: [{ name: 'dynamic_route', config: { api_url: api.url } }] });
  const ends = await openTunnel(stage, green);
  const reader = await stage.client();
  reader.send(get('/', 'Accept: text/event-stream\r\n'));
  const peer = await green.connection(1);
  await peer.takeHead();
  for (const end of [ends.client, ends.backend, reader, peer]) end.destroy();
  await stage.open('exchanges', 0);
  assert.equal(own.requests.length, 0);
  assert.equal(api.questions.length, 1);
});

const failures: [what: string, detail: RegExp, answer: (question: RouteQuestion) => void][] = [
  ['a service that is not there', /no service "blue"/, says('blue')],
  ['a status', /answered 500/, ({ response }) => void response.writeHead(500).end(routeAnswer('green'))],
  ['a redirect', /answered 302/, ({ response }) => void response.writeHead(302, { Location: '/' }).end()],
  ['no JSON', /no JSON/, ({ response }) => void response.end('green')],
  [
    'another code',
    /not \{"code":200/,
    ({ response }) => void response.end('{"code":500,"data":{"goto_services":"green"}}'),
  ],
  ['no name', /not \{"code":200/, ({ response }) => void response.end('{"code":200,"data":{}}')],
  [
    'too much',
    /longer than 65536 bytes/,
    ({ response }) => void response.end(`${routeAnswer('green')}${' '.repeat(70_000)}`),
  ],
  ['nothing', /socket hang up/, ({ response }) => void response.destroy()],
  [
    'half',
    /aborted|closed/,
    ({ response }) => {
      response.writeHead(200, { 'Content-Length': '100' }).flushHeaders();
      response.write('{"code"', () => response.destroy());
    },
  ],
];
for (const [what, detail, answer] of failures) {
  behaviour(`where the API answers with ${what} the rule decides, for 5 s, and is told once`, async (stage) => {
    const api = await RouteApi.listen(answer);
    await start(stage, api);
    for (let round = 1; round <= 2; round++) {
      assert.equal(await served(stage), 'api');
      assert.equal(await served(stage), 'api');
      assert.equal(api.questions.length, round);
      await stage.pass(5000);
    }
    const [line, ...more] = stage.log.all(FAILED);
    assert.deepEqual(more, []);
    assert.deepEqual([line?.middleware, line?.host, line?.api], ['dynamic_route', 'a.example', api.url]);
    assert.match(String(line?.detail), detail);
  });
}

behaviour('where nobody listens the rule decides', async (stage) => {
  await stage.start({
    backends: [await stage.backend()],
    middlewares: [{ name: 'dynamic_route', config: { api_url: 'http://127.0.0.1:1/' } }],
  });
  assert.equal(await served(stage), 'ok');
  assert.match(String(stage.log.all(FAILED)[0]?.detail), /ECONNREFUSED/);
});

behaviour('an API that is silent is waited for as long as it may be', async (stage) => {
  const api = await RouteApi.listen();
  await start(stage, api, { timeout_seconds: 2 });
  const client = await stage.client();
  client.send(get());
  await api.question();
  await stage.pass(1750);
  assert.equal(stage.ended.length, 0);
  await stage.pass(250);
  assert.equal((await client.takeResponse()).body, 'api');
  assert.equal(stage.log.all(FAILED)[0]?.detail, 'no answer within 2 s');
});

behaviour('many wait for one call, and who leaves meanwhile is let go', async (stage) => {
  const api = await RouteApi.listen();
  await start(stage, api);
  const clients = [await stage.client(), await stage.client(), await stage.client()];
  for (const client of clients) client.send(get());
  await stage.open('exchanges', 3);
  const { response } = await api.question();
  clients[0]?.end();
  assert.equal((await stage.outcome()).error?.code, 'client-gone');
  response.end(routeAnswer('green'));
  for (const client of clients.slice(1)) assert.equal((await client.takeResponse()).body, 'green');
  assert.equal(api.questions.length, 1);
});

behaviour('an answer expires; behind that the old one serves while one new one is asked for', async (stage) => {
  let service = 'green';
  const api = await RouteApi.listen((question) => says(service)(question));
  await start(stage, api, { cache_expiry_seconds: 10, stale_while_revalidate: 20 });
  assert.equal(await served(stage), 'green');
  service = '';
  await stage.pass(10_000);
  assert.equal(await served(stage), 'green');
  await api.question(1);
  await settled();
  await until(() => api.questions.length === 2, 'the answer');
  let body = await served(stage);
  for (let round = 0; round < 50 && body !== 'api'; round++) body = await served(stage);
  assert.equal(body, 'api');
  await stage.pass(30_000);
  service = 'green';
  assert.equal(await served(stage), 'green', 'too old to serve');
  assert.equal(api.questions.length, 3);
});

behaviour('hosts beyond max_entries are asked for anew', async (stage) => {
  const api = await RouteApi.listen(says('green'));
  await start(stage, api, { max_entries: 1 });
  for (const host of ['a', 'b', 'a']) assert.equal(await served(stage, host), 'green');
  assert.equal(api.questions.length, 3);
});

behaviour('a reload keeps what is known where nothing changed, and drops the calls of what is gone', async (stage) => {
  const api = await RouteApi.listen();
  const setup = await start(stage, api, { stale_while_revalidate: '1h' });
  const first = served(stage);
  (await api.question()).response.end(routeAnswer('green'));
  assert.equal(await first, 'green');
  await stage.reload({ ...setup, advanced: { max_tunnels: 5 } });
  assert.equal(await served(stage), 'green');
  await stage.pass(60_000);
  assert.equal(await served(stage), 'green');
  const { response } = await api.question(1);
  await stage.reload({ ...setup, middlewares: [] });
  await until(() => response.destroyed, 'the end of the call');
  assert.equal(await served(stage), 'api');
  assert.deepEqual(stage.log.all(FAILED), []);
});
