import assert from 'node:assert/strict';
import net from 'node:net';
import { mock, type TestContext, test } from 'node:test';
import type { Channel } from '../../../src/channel/channel.js';
import type { ClientEndpoint } from '../../../src/connection/client-host.js';
import { ListenError, Listener, type ListenerOptions } from '../../../src/listener/listener.js';
import { RawPeer } from '../../support/raw-peer.js';
import { settled, until } from '../../support/turns.js';
import { socketOptions } from '../channel/real-kinds.js';

class Accepting implements ListenerOptions {
  readonly port: number;
  readonly bind: string;
  readonly sockets = { ...socketOptions(false), writeBufferBytes: 64 * 1024 };
  readonly clients: { channel: Channel; endpoint: ClientEndpoint }[] = [];
  isWanted = true;
  timesIpv6Missing = 0;

  constructor(bind: string, port = 0) {
    this.bind = bind;
    this.port = port;
  }

  wanted(): boolean {
    return this.isWanted;
  }

  accepted(channel: Channel, endpoint: ClientEndpoint): void {
    this.clients.push({ channel, endpoint });
  }

  ipv6Missing(): void {
    this.timesIpv6Missing++;
  }
}

async function opened(t: TestContext, bind = '127.0.0.1') {
  const accepting = new Accepting(bind);
  const listener = new Listener(accepting);
  t.after(() => {
    listener.close();
    for (const { channel } of accepting.clients) channel.destroy();
  });
  await listener.open();
  return { accepting, listener };
}

/** Has the system refuse to listen on some hosts. */
function refuseHosts(t: TestContext, codes: Readonly<Record<string, string>>): void {
  const real = net.Server.prototype.listen;
  const listen = mock.method(
    net.Server.prototype,
    'listen',
    function (this: net.Server, options: net.ListenOptions, then: () => void) {
      const code = codes[options.host ?? ''];
      if (code === undefined) return real.call(this, options, then);
      process.nextTick(() => this.emit('error', Object.assign(new Error(`listen ${code}`), { code })));
      return this;
    },
  );
  t.after(() => listen.mock.restore());
}

test('it tells the address and port that it got, and of each client who it is', async (t) => {
  const { accepting, listener } = await opened(t);
  assert.equal(listener.address, '127.0.0.1');
  const peer = await RawPeer.connect(listener.port);
  t.after(() => peer.destroy());
  await until(() => accepting.clients.length === 1, 'the client');
  const { peerAddress, peerPort, scheme } = accepting.clients[0]?.endpoint ?? {};
  assert.deepEqual([peerAddress, scheme], ['127.0.0.1', 'http']);
  assert.ok(peerPort !== undefined && peerPort > 0);
});

test('an IPv4 client of a listener for both has its IPv4 address', async (t) => {
  const { accepting, listener } = await opened(t, '::');
  const peer = await RawPeer.connect(listener.port);
  t.after(() => peer.destroy());
  await until(() => accepting.clients.length === 1, 'the client');
  assert.equal(accepting.clients[0]?.endpoint.peerAddress, '127.0.0.1');
});

test('a client that is not wanted is closed at once', async (t) => {
  const { accepting, listener } = await opened(t);
  accepting.isWanted = false;
  const peer = await RawPeer.connect(listener.port);
  t.after(() => peer.destroy());
  await peer.ending();
  assert.equal(accepting.clients.length, 0);
});

test('a port that is taken is a ListenError with code, address and port', async (t) => {
  const { listener } = await opened(t);
  const second = new Listener(new Accepting('127.0.0.1', listener.port));
  await assert.rejects(second.open(), (error) => {
    assert.ok(error instanceof ListenError);
    assert.deepEqual([error.code, error.address, error.port], ['EADDRINUSE', '127.0.0.1', listener.port]);
    assert.match(error.message, /cannot listen on 127\.0\.0\.1 port \d+: .*EADDRINUSE/);
    return true;
  });
});

for (const code of ['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL']) {
  test(`:: on a system without IPv6 (${code}) is 0.0.0.0, and that is said`, async (t) => {
    refuseHosts(t, { '::': code });
    const { accepting, listener } = await opened(t, '::');
    assert.deepEqual([accepting.timesIpv6Missing, listener.address], [1, '0.0.0.0']);
    const peer = await RawPeer.connect(listener.port);
    t.after(() => peer.destroy());
    await until(() => accepting.clients.length === 1, 'the client');
  });
}

test('any other failure of :: is told as it is', async (t) => {
  refuseHosts(t, { '::': 'EACCES' });
  const accepting = new Accepting('::', 80);
  await assert.rejects(new Listener(accepting).open(), {
    name: 'ListenError',
    code: 'EACCES',
    address: '::',
    port: 80,
  });
  assert.equal(accepting.timesIpv6Missing, 0);
});

test('an IPv6 address that was asked for by name is not replaced', async (t) => {
  refuseHosts(t, { '::1': 'EADDRNOTAVAIL' });
  await assert.rejects(new Listener(new Accepting('::1', 80)).open(), { code: 'EADDRNOTAVAIL', address: '::1' });
});

test('where 0.0.0.0 fails too, that is what is told', async (t) => {
  refuseHosts(t, { '::': 'EAFNOSUPPORT', '0.0.0.0': 'EADDRINUSE' });
  const failure = { name: 'ListenError', code: 'EADDRINUSE', address: '0.0.0.0', port: 80 };
  await assert.rejects(new Listener(new Accepting('::', 80)).open(), failure);
});

test('close() accepts no more and leaves those who are there alone', async (t) => {
  const { accepting, listener } = await opened(t);
  const peer = await RawPeer.connect(listener.port);
  t.after(() => peer.destroy());
  await until(() => accepting.clients.length === 1, 'the client');
  listener.close();
  listener.close();
  await assert.rejects(RawPeer.connect(listener.port), { code: 'ECONNREFUSED' });
  accepting.clients[0]?.channel.writeText('still here');
  await peer.takeThrough('still here');
  await settled();
});

test('a listener that was never opened can be closed', () => {
  new Listener(new Accepting('127.0.0.1')).close();
});
