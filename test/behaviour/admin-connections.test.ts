import assert from 'node:assert/strict';
import { askAdmin, askAdminJson } from '../support/admin-client.js';
import type { RawBackend } from '../support/raw-backend.js';
import { behaviour, type Stage } from '../support/stage.js';
import { answerAndLeave, type Ends, openTunnel, takeClose, text } from '../support/tunnel-ends.js';
import { settled, until } from '../support/turns.js';
import { get } from '../support/wire.js';

const admin = { listen: '127.0.0.1:0' };

async function begin(stage: Stage): Promise<{ at: string | null; backend: RawBackend }> {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend], advanced: { admin } });
  return { at: stage.proxy.wings.admin.address, backend };
}

/** Both ends of a tunnel that the proxy closes leave, the client first. */
async function leave({ client, backend }: Ends, toClient: string): Promise<void> {
  assert.equal(await takeClose(client, 'client'), toClient);
  await answerAndLeave(client, 'client');
  await takeClose(backend, 'backend');
  await answerAndLeave(backend, 'backend');
}

behaviour('an open tunnel is listed with what is known of it', async (stage) => {
  const { at, backend } = await begin(stage);
  const ends = await openTunnel(stage, backend, 'Origin: https://a.example\r\nSec-WebSocket-Protocol: chat\r\n');
  ends.client.send(text('client', 'hello'));
  await ends.backend.take(11);
  const { connections, next } = await askAdminJson(at, 'GET', '/api/connections');
  const [listed] = connections;
  assert.deepEqual([connections.length, next], [1, null]);
  const { kind, client, origin, user, host, path, route, service, revision, subprotocol, state, sides } = listed;
  assert.deepEqual(
    { kind, client, origin, user, host, path, route, service, revision, subprotocol, state },
    {
      kind: 'websocket',
      client: '127.0.0.1',
      origin: 'https://a.example',
      user: null,
      host: 'a.example',
      path: '/ws',
      route: '*',
      service: 'api',
      revision: 1,
      subprotocol: 'chat',
      state: 'open',
    },
  );
  assert.equal(listed.backend, backend.url);
  assert.deepEqual([sides.client.bytes, sides.client.messages, sides.backend.messages], [11, 1, 0]);
  assert.match(listed.opened_at, /^2026-01-01T00:00:\d\d\.\d{3}Z$/);
  assert.deepEqual(await askAdminJson(at, 'GET', `/api/connections/${listed.id}`), { status: 200, ...listed });
  assert.equal((await askAdmin(at, 'GET', '/api/connections?service=other')).text, '{"connections":[],"next":null}\n');
  assert.equal((await askAdmin(at, 'GET', '/api/connections/none')).status, 404);
});

behaviour('one is closed with a code and a reason, and is in the ledger then', async (stage) => {
  const { at, backend } = await begin(stage);
  const ends = await openTunnel(stage, backend);
  const [{ id }] = (await askAdminJson(at, 'GET', '/api/connections')).connections;
  for (const query of ['code=1006', 'code=x', `reason=${'x'.repeat(124)}`, 'pace=1']) {
    assert.equal((await askAdmin(at, 'DELETE', `/api/connections/${id}?${query}`)).status, 400, query);
  }
  const closing = await askAdminJson(at, 'DELETE', `/api/connections/${id}?code=4000&reason=go%20away`);
  assert.deepEqual(closing, { status: 202, closing: 1 });
  await leave(ends, '4000 go away');
  await stage.open('tunnels', 0);
  const { closed } = await askAdminJson(at, 'GET', '/api/closed?kind=websocket');
  const [entry] = closed;
  assert.deepEqual([closed.length, entry.id, entry.ended_by, entry.cause], [1, id, 'proxy', 'tunnel-killed']);
  assert.deepEqual([entry.sides.client.sent_code, entry.sides.client.received_code], [4000, 1000]);
  assert.deepEqual([entry.sides.backend.sent_code, entry.sides.backend.received_code], [1001, 1000]);
  assert.equal((await askAdmin(at, 'DELETE', `/api/connections/${id}`)).status, 404);
  const lines = stage.log.all('admin request').map(({ method, status }) => `${method} ${status}`);
  assert.deepEqual(lines.slice(-2), ['DELETE 202', 'DELETE 404']);
});

behaviour('all that match are closed at the pace that is asked for', async (stage) => {
  const { at, backend } = await begin(stage);
  const tunnels: Ends[] = [];
  for (let count = 0; count < 6; count++) tunnels.push(await openTunnel(stage, backend));
  const path = '/api/connections/close';
  for (const body of [{}, { filter: {} }, { all: true, filter: { service: 'api' } }, { all: false }]) {
    assert.equal((await askAdminJson(at, 'POST', path, { body })).status, 400);
  }
  const none = await askAdminJson(at, 'POST', path, { body: { filter: { service: 'other' } } });
  assert.deepEqual(none, { status: 202, closing: 0, per_second: 100 });
  const body = { filter: { service: 'api', revision: 1 }, code: 1012, reason: 'moving', per_second: 2 };
  const answer = await askAdminJson(at, 'POST', path, { body });
  assert.deepEqual(answer, { status: 202, closing: 6, per_second: 2 });
  const told = async (): Promise<number> => {
    await settled();
    return tunnels.filter(({ client }) => client.untaken !== '').length;
  };
  assert.equal(await told(), 1);
  await stage.pass(1000);
  assert.equal(await told(), 3);
  await stage.pass(2000);
  assert.equal(await told(), 6);
  await Promise.all(tunnels.map((ends) => leave(ends, '1012 moving')));
  await stage.open('tunnels', 0);
});

behaviour('an event stream is listed, closed behind an event, and kept in the ledger', async (stage) => {
  const backend = await stage.backend(
    () =>
      'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n',
  );
  await stage.start({ backends: [backend], advanced: { admin } });
  const at = stage.proxy.wings.admin.address;
  const client = await stage.client();
  client.send(get('/events', 'Accept: text/event-stream\r\n'));
  await client.takeThrough('data: 1\n\n');
  const [listed] = (await askAdminJson(at, 'GET', '/api/connections?kind=sse')).connections;
  assert.deepEqual([listed.path, listed.sides.backend.messages, listed.state], ['/events', 1, 'open']);
  const answer = await askAdminJson(at, 'POST', '/api/connections/close', { body: { all: true } });
  assert.equal(answer.closing, 1);
  await client.takeThrough('0\r\n\r\n');
  await until(() => stage.ended.length === 1, 'the end of the stream');
  const [entry] = (await askAdminJson(at, 'GET', '/api/closed')).closed;
  assert.deepEqual([entry.id, entry.kind, entry.ended_by, entry.cause], [listed.id, 'sse', 'proxy', 'closed']);
  assert.equal(entry.sides.backend.messages, 1);
});

behaviour('pages follow each other', async (stage) => {
  const { at, backend } = await begin(stage);
  for (let count = 0; count < 5; count++) await openTunnel(stage, backend);
  const seen: string[] = [];
  let next: string | null = '0';
  let pages = 0;
  while (next !== null) {
    const page: { connections: { id: string }[]; next: string | null } = await askAdminJson(
      at,
      'GET',
      `/api/connections?limit=2&cursor=${next}`,
    );
    seen.push(...page.connections.map(({ id }) => id));
    next = page.next;
    pages++;
  }
  assert.deepEqual([pages, seen.length, new Set(seen).size], [3, 5, 5]);
});
