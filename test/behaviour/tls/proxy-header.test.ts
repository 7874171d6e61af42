import assert from 'node:assert/strict';
import net from 'node:net';
import { Duplex } from 'node:stream';
import tls from 'node:tls';
import { RawPeer } from '../../support/raw-peer.js';
import { behaviour, type Stage } from '../../support/stage.js';
import { get } from '../../support/wire.js';
import { folder, secureClient, tlsFor } from './secure-stage.js';

const HEADER = Buffer.from('PROXY TCP4 203.0.113.7 192.0.2.1 51000 443\r\n');

async function start(stage: Stage, trusted: string) {
  const backend = await stage.backend();
  await stage.start({
    backends: [backend],
    host_rules: [{ pattern: 'a.example', target: 'api', tls: await tlsFor('a.example') }],
    advanced: { proxy_protocol: true, security: { trusted_proxies: [trusted] } },
  });
  return backend;
}

/** A stream that puts bytes before the first that are written, in the same write. */
class Prefixed extends Duplex {
  readonly #raw: net.Socket;
  #prefix: Buffer;

  constructor(raw: net.Socket, prefix: Buffer) {
    super({ allowHalfOpen: true });
    this.#raw = raw;
    this.#prefix = prefix;
    raw.on('data', (chunk) => this.push(chunk));
    raw.on('end', () => this.push(null));
    raw.on('error', (error) => this.destroy(error));
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#raw.write(Buffer.concat([this.#prefix, chunk]), done);
    this.#prefix = Buffer.alloc(0);
  }

  override _final(done: () => void): void {
    this.#raw.end(done);
  }
}

/** A load balancer that passes TLS on and says for whom. @param apart the header in a segment of its own */
async function announcedClient(stage: Stage, apart: boolean): Promise<RawPeer> {
  const raw = net.connect({ host: '127.0.0.1', port: stage.port, allowHalfOpen: true, noDelay: true });
  await new Promise((resolve) => raw.once('connect', resolve));
  if (apart) await new Promise((resolve) => raw.write(HEADER, resolve));
  const stream = new Prefixed(raw, apart ? Buffer.alloc(0) : HEADER);
  const secure = tls.connect({ socket: stream, ca: folder.authority.cert, servername: 'a.example' });
  await new Promise((resolve, reject) => secure.once('secureConnect', resolve).once('error', reject));
  return new RawPeer(secure, raw);
}

for (const apart of [true, false]) {
  const how = apart ? 'in a segment of its own' : 'in one segment with the first bytes of TLS';
  behaviour(`a PROXY header comes before TLS, ${how}`, async (stage) => {
    const backend = await start(stage, '127.0.0.1');
    const client = await announcedClient(stage, apart);
    for (const index of [0, 1]) {
      client.send(get('/', 'X-Forwarded-For: 1.2.3.4\r\n'));
      assert.equal((await client.takeResponse()).body, 'ok');
      assert.equal((await backend.request(index)).get('x-forwarded-for'), '203.0.113.7');
    }
    const exchange = stage.ended[0]?.exchange;
    assert.deepEqual([exchange?.client.address, exchange?.client.port], ['203.0.113.7', 51_000]);
    assert.deepEqual([exchange?.request.scheme, exchange?.client.tls?.serverName], ['https', 'a.example']);
    client.end();
    await stage.open('clientConnections', 0);
  });
}

behaviour('a trusted peer that begins with TLS at once is closed on, and logged', async (stage) => {
  await start(stage, '127.0.0.1');
  await assert.rejects(secureClient(stage.port));
  assert.equal(stage.log.all('request refused')[0]?.code, 'missing-proxy-header');
  await stage.open('clientConnections', 0);
});

behaviour('a trusted peer that announces somebody and then speaks no TLS is told so', async (stage) => {
  await start(stage, '127.0.0.1');
  const client = await stage.plainClient();
  client.send(HEADER.toString('latin1') + get());
  assert.match(await client.takeRest(), /^HTTP\/1\.1 400 /);
  await stage.open('clientConnections', 0);
});

behaviour('a trusted peer that never ends its header is given up after header_timeout', async (stage) => {
  await start(stage, '127.0.0.1');
  const client = await stage.plainClient();
  client.send('PROXY TCP4');
  await stage.open('clientConnections', 1);
  await stage.pass(11_000);
  await client.ending();
  assert.equal(stage.log.all('request refused')[0]?.code, 'proxy-header-timeout');
});

behaviour('from others TLS begins at once', async (stage) => {
  const backend = await start(stage, '192.0.2.1');
  const client = await secureClient(stage.port);
  client.send(get());
  assert.equal((await client.takeResponse()).body, 'ok');
  assert.equal((await backend.request()).get('x-forwarded-for'), '127.0.0.1');
});
