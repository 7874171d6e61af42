import assert from 'node:assert/strict';
import { behaviour, type Setup } from '../support/stage.js';
import { handshake, openTunnel } from '../support/tunnel-ends.js';
import { get } from '../support/wire.js';

const filter = (config: object): Setup => ({ middlewares: [{ name: 'ip_filter', config }] });
const behindProxy = { security: { trusted_proxies: ['127.0.0.1'] } };
const of = (address: string): string => `X-Forwarded-For: ${address}\r\n`;

behaviour('deny keeps out and goes before allow, which keeps all others out', async (stage) => {
  const backend = await stage.backend();
  const config = { allow: ['10.0.0.0/8', '2001:db8::/32'], deny: ['10.1.0.0/16'] };
  await stage.start({ backends: [backend], advanced: behindProxy, ...filter(config) });
  const cases: [address: string, status: number][] = [
    ['10.0.0.1', 200],
    ['::ffff:10.0.0.1', 200],
    ['2001:db8::1', 200],
    ['10.1.0.1', 403],
    ['192.0.2.1', 403],
    ['2001:db9::1', 403],
  ];
  for (const [address, status] of cases) assert.equal((await stage.ask(get('/', of(address)))).status, status, address);
  assert.equal(backend.requests.length, 3);
  assert.equal(stage.log.all('exchange failed')[0]?.detail, 'ip_filter: 10.1.0.1 is one of deny');
});

behaviour('what a client says of its address is worth nothing without a trusted proxy', async (stage) => {
  await stage.start({ backends: [await stage.backend()], ...filter({ allow: ['192.0.2.1'] }) });
  const response = await stage.ask(get('/', of('192.0.2.1')));
  assert.equal(response.status, 403);
  assert.match(response.body, /code: address-refused\n/);
});

behaviour('the refused get the status that is asked for', async (stage) => {
  await stage.start({ ...filter({ deny: ['127.0.0.0/8'], status: 404 }) });
  assert.equal((await stage.ask(get())).firstLine, 'HTTP/1.1 404 Not Found');
  assert.equal((await stage.outcome()).error?.code, 'address-refused');
});

behaviour('event streams and handshakes are judged alike, before a backend is dialled', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend], advanced: behindProxy, ...filter({ deny: ['192.0.2.0/24'] }) });
  const stream = `Accept: text/event-stream\r\n${of('192.0.2.1')}`;
  assert.equal((await stage.ask(get('/', stream))).status, 403);
  assert.equal((await stage.ask(handshake(of('192.0.2.1')))).status, 403);
  assert.equal(stage.log.all('tunnel refused')[0]?.cause, 'address-refused');
  assert.equal(backend.connections.length, 0);
  const ends = await openTunnel(stage, backend, of('198.51.100.1'));
  for (const end of [ends.client, ends.backend]) end.destroy();
  await stage.open('exchanges', 0);
});
