import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RawPeer } from '../support/raw-peer.js';
import { readHead } from '../support/raw-response.js';
import { behaviour, type Stage } from '../support/stage.js';
import { handshake, switching, text } from '../support/tunnel-ends.js';
import { until } from '../support/turns.js';
import { get } from '../support/wire.js';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** A server on a Unix socket, of which each connection is the test's. */
class SocketBackend {
  readonly connections: RawPeer[] = [];
  readonly path: string;
  readonly #server: net.Server;

  private constructor(path: string) {
    this.path = path;
    this.#server = net.createServer({ allowHalfOpen: true }, (socket) => {
      this.connections.push(new RawPeer(socket));
    });
  }

  static async listen(stage: Stage, path: string): Promise<SocketBackend> {
    const backend = new SocketBackend(path);
    await new Promise<void>((resolve) => backend.#server.listen(path, resolve));
    stage.closesBehind(backend);
    return backend;
  }

  async connection(index = 0): Promise<RawPeer> {
    await until(() => this.connections.length > index, `connection ${index}`);
    return this.connections[index] as RawPeer;
  }

  async close(): Promise<void> {
    for (const peer of this.connections) peer.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

function socketPath(stage: Stage): string {
  const folder = mkdtempSync(join(tmpdir(), 'toyou-proxy-'));
  stage.closesBehind({ close: async () => rmSync(folder, { recursive: true, force: true }) });
  return join(folder, 'app.sock');
}

/** One request, answered by the test. @returns its head as the backend got it */
async function served(stage: Stage, backend: SocketBackend, target: string, index = 0) {
  const client = await stage.client();
  client.send(get(target));
  const peer = await backend.connection(index);
  const head = readHead(await peer.takeHead());
  peer.send(OK);
  assert.equal((await client.takeResponse()).body, 'ok');
  return head;
}

for (const scheme of ['unix:', 'unix://']) {
  behaviour(`requests go through ${scheme}/path, on connections that are kept`, async (stage) => {
    const backend = await SocketBackend.listen(stage, socketPath(stage));
    await stage.start({ services: { api: { url: `${scheme}${backend.path}` } } });
    const head = await served(stage, backend, '/x?y');
    assert.equal(head.firstLine, 'GET /x?y HTTP/1.1');
    assert.equal(head.get('host'), 'a.example');
    await served(stage, backend, '/again');
    assert.equal(backend.connections.length, 1);
    const { tries } = await stage.outcome();
    assert.equal(tries[0]?.backend, `${scheme}${backend.path}`);
  });
}

behaviour('a base path stands behind a second colon; proxy_host: backend is localhost', async (stage) => {
  const backend = await SocketBackend.listen(stage, socketPath(stage));
  await stage.start({ services: { api: { url: `unix:${backend.path}:/base`, proxy_host: 'backend' } } });
  const head = await served(stage, backend, '/x');
  assert.equal(head.firstLine, 'GET /base/x HTTP/1.1');
  assert.equal(head.get('host'), 'localhost');
});

behaviour('a tunnel goes through a Unix socket', async (stage) => {
  const backend = await SocketBackend.listen(stage, socketPath(stage));
  await stage.start({ services: { api: { url: `unix:${backend.path}` } } });
  const client = await stage.client();
  client.send(handshake());
  const peer = await backend.connection();
  await peer.takeHead();
  peer.send(switching());
  await client.takeHead();
  const hello = text('client', 'hello');
  client.send(hello);
  assert.equal(await peer.take(hello.length), hello.toString('latin1'));
  peer.send(text('backend', 'there'));
  await client.takeThrough('there');
  client.destroy();
  peer.destroy();
});

behaviour('a socket that is not there is 502, or the next backend, and serves once it is there', async (stage) => {
  const path = socketPath(stage);
  const passive_health_check = { failures: 0 };
  await stage.start({ services: { api: { url: `unix:${path}`, passive_health_check } } });
  assert.equal((await stage.ask(get())).status, 502);
  assert.match(String(stage.log.codes[0]), /^connect-/);
  const other = await stage.backend();
  const backends = [{ url: `unix:${path}` }, { url: other.url }];
  await stage.reload({ services: { api: { load_balancer: { backends, passive_health_check } } } });
  for (let round = 0; round < 3; round++) assert.equal((await stage.ask(get())).status, 200);
  await stage.reload({ services: { api: { url: `unix:${path}`, passive_health_check } } });
  const backend = await SocketBackend.listen(stage, path);
  await served(stage, backend, '/here');
});

behaviour('a Unix socket that resets has an idempotent request go to the next backend', async (stage) => {
  const backend = await SocketBackend.listen(stage, socketPath(stage));
  const other = await stage.backend();
  const backends = [{ url: `unix:${backend.path}` }, { url: other.url }];
  await stage.start({ services: { api: { load_balancer: { backends } } } });
  const client = await stage.client();
  client.send(get());
  const peer = await backend.connection();
  await peer.takeHead();
  peer.destroy();
  assert.equal((await client.takeResponse()).status, 200);
  const { tries } = await stage.outcome();
  assert.deepEqual(
    tries.map(({ error }) => error?.code),
    ['backend-gone', undefined],
  );
});
