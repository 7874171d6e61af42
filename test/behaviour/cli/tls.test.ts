import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exampleCertificates } from '../../support/example-certificates.js';
import { RawPeer } from '../../support/raw-peer.js';
import { RunningCommand, runCommand } from './command.js';

const EXAMPLE = ['-c', 'examples/tls.yaml'];

test('examples/tls.yaml runs: it says https, and asks partners for their certificate', async (t) => {
  const { folder, authority } = await exampleCertificates();
  const env = { CERTIFICATES: folder, HTTPS_PORT: '0' };
  const command = new RunningCommand(['run', ...EXAMPLE], { env });
  t.after(() => command.kill());
  const [, port] = await command.seen(/listening on https:\/\/\[?[:\d.]+\]?:(\d+)/);
  const identity = await authority.issue({ subject: 'CN=partner', usage: 'client' });
  for (const [servername, host, options, status] of [
    ['www.example.com', 'www.example.com', {}, 502],
    ['www.example.com', 'partners.example.com', {}, 421],
    ['partners.example.com', 'partners.example.com', identity, 502],
  ] as const) {
    const client = await RawPeer.connectSecure(Number(port), { ca: authority.cert, servername, ...options });
    client.send(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    assert.equal((await client.takeResponse()).status, status, host);
    client.destroy();
  }
  command.signal('SIGTERM');
  assert.equal((await command.ended()).status, 0);
});

test('check and run refuse a certificate that is missing, with its place', async () => {
  const { folder } = await exampleCertificates();
  const env = { CERTIFICATES: `${folder}/nowhere` };
  for (const command of ['check', 'run']) {
    const { status, error } = await runCommand([command, ...EXAMPLE], { env });
    assert.equal(status, 2);
    assert.match(
      error,
      /examples\/tls\.yaml:\d+:13: host_rules\[0\]\.tls\.cert: .*\/nowhere\/www\.example\.com\.pem: there is no such file/,
    );
    assert.match(error, /6 errors/);
  }
});
