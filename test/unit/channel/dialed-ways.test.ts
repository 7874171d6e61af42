import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import tls from 'node:tls';
import type { Channel } from '../../../src/channel/channel.js';
import type { Address, DialFailure } from '../../../src/channel/dialer.js';
import { testDirectTls } from '../../../src/channel/direct-tls-test.js';
import type { SocketOptions } from '../../../src/channel/socket-channel.js';
import { socketDialer } from '../../../src/channel/socket-dialer.js';
import { TlsClient } from '../../../src/channel/tls-client.js';
import { dialError } from '../../../src/connection/dial-error.js';
import { unusedPort } from '../../support/raw-backend.js';
import { stageCertificates } from '../../support/tls-variant.js';
import { until } from '../../support/turns.js';
import { socketOptions } from './real-kinds.js';
import { own } from './recording-owner.js';

const folder = mkdtempSync(join(tmpdir(), 'toyou-'));
const servers: net.Server[] = [];
after(() => {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true });
});
const streams: SocketOptions = { ...socketOptions(false), writeBufferBytes: 64 * 1024 };
const skip = process.platform === 'win32' ? 'Windows has no Unix sockets' : false;

async function direct(): Promise<SocketOptions> {
  const verdict = await testDirectTls(streams, {});
  assert.ok(verdict.works);
  return { ...streams, TlsWrite: verdict.TlsWrite };
}

function dial(address: Address, options = streams): Promise<Channel> {
  return new Promise((dialConnected, dialFailed) => socketDialer(options)(address, { dialConnected, dialFailed }));
}

async function failureOf(address: Address, options = streams): Promise<DialFailure> {
  return dial(address, options).then(
    () => assert.fail('it was connected'),
    (error: DialFailure) => error,
  );
}

/** Echoes what comes. */
async function echo(where: net.ListenOptions, server: net.Server = net.createServer()): Promise<net.Server> {
  server.on(server instanceof tls.Server ? 'secureConnection' : 'connection', (socket: net.Socket) => {
    socket.on('error', () => {}).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(where, resolve));
  servers.push(server);
  return server;
}

async function secureEcho(where: net.ListenOptions): Promise<net.Server> {
  const { identity } = await stageCertificates();
  return echo(where, tls.createServer(identity));
}

function portOf(server: net.Server): number {
  return (server.address() as net.AddressInfo).port;
}

async function tlsFor(host: string): Promise<TlsClient> {
  const { folder: certificates } = await stageCertificates();
  return new TlsClient({ host, ca: certificates.authority.cert, verify: true, minVersion: 'TLSv1.2' });
}

async function echoes(channel: Channel): Promise<void> {
  const owner = own(channel);
  channel.writeText('ping');
  await until(() => owner.text === 'ping', 'the echo');
  channel.destroy();
  await until(() => channel.closed, 'the close');
}

test('a path is dialled as a Unix socket, whatever host and port say', { skip }, async () => {
  const path = join(folder, 'plain');
  await echo({ path });
  await echoes(await dial({ host: 'nowhere.invalid', port: 1, path }));
});

test('TLS is spoken over a Unix socket too, and the certificate held against the name', { skip }, async () => {
  const path = join(folder, 'secure');
  await secureEcho({ path });
  for (const options of [streams, await direct()]) {
    await echoes(await dial({ host: '', port: 0, path, tls: await tlsFor('a.example') }, options));
    const failure = await failureOf({ host: '', port: 0, path, tls: await tlsFor('wrong.example') }, options);
    assert.deepEqual([failure.code, failure.duringTls], ['ERR_TLS_CERT_ALTNAME_INVALID', true]);
  }
});

test('where the first address refuses the next is tried', async () => {
  const port = portOf(await echo({ port: 0, host: '127.0.0.1' }));
  for (const [host, ...others] of [
    ['::1', '127.0.0.1'],
    ['127.0.0.1', '::1'],
    ['::1', '::2', '127.0.0.1'],
  ] as const) {
    await echoes(await dial({ host, port, others }));
  }
});

test('so it is for TLS, whose name is the one that was written', async () => {
  const port = portOf(await secureEcho({ port: 0, host: '127.0.0.1' }));
  for (const options of [streams, await direct()]) {
    const others = ['127.0.0.1'];
    await echoes(await dial({ host: '::1', port, others, tls: await tlsFor('localhost') }, options));
    const failure = await failureOf({ host: '::1', port, others, tls: await tlsFor('wrong.example') }, options);
    assert.deepEqual([failure.code, failure.duringTls], ['ERR_TLS_CERT_ALTNAME_INVALID', true]);
  }
});

test('where all addresses refuse, each is named', async () => {
  const port = await unusedPort();
  const address = { host: '127.0.0.1', port, others: ['::1'] };
  for (const each of [address, { ...address, tls: await tlsFor('localhost') }]) {
    for (const options of [streams, await direct()]) {
      const error = dialError(await failureOf(each, options));
      assert.equal(error.code, 'connect-refused');
      assert.match(error.message, /^connect ECONNREFUSED 127\.0\.0\.1:\d+; connect E[A-Z]+ ::1:\d+/);
    }
  }
});

test('no further address is one address: nobody is asked for it', async () => {
  const port = portOf(await echo({ port: 0, host: '127.0.0.1' }));
  await echoes(await dial({ host: '127.0.0.1', port, others: [] }));
  const failure = await failureOf({ host: '127.0.0.1', port: await unusedPort(), others: [] });
  assert.deepEqual([failure.code, failure.errors], ['ECONNREFUSED', undefined]);
});

test('dialling several addresses can be given up', async () => {
  const port = portOf(await echo({ port: 0, host: '127.0.0.1' }));
  const told: string[] = [];
  for (const options of [streams, await direct()]) {
    for (const client of [null, await tlsFor('localhost')]) {
      const giveUp = socketDialer(options)(
        { host: '::1', port, others: ['127.0.0.1'], tls: client },
        { dialConnected: () => told.push('connected'), dialFailed: () => told.push('failed') },
      );
      giveUp();
    }
  }
  await echoes(await dial({ host: '127.0.0.1', port }));
  assert.deepEqual(told, []);
});

test('what is wrong with a path is said', { skip }, async () => {
  const missing = join(folder, 'missing');
  const file = join(folder, 'file');
  writeFileSync(file, '');
  for (const tlsClient of [null, await tlsFor('localhost')]) {
    const failed = async (path: string) => {
      const { code, message } = dialError(await failureOf({ host: '', port: 0, path, tls: tlsClient }));
      return [code, message];
    };
    assert.deepEqual(await failed(missing), ['connect-failed', `connect ENOENT ${missing}: there is no such socket`]);
    assert.deepEqual(await failed(file), ['connect-refused', `connect ECONNREFUSED ${file}: nobody listens on it`]);
  }
});
