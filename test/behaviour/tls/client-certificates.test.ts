import assert from 'node:assert/strict';
import type tls from 'node:tls';
import { Authority } from '../../support/certificates.js';
import { behaviour, type Stage } from '../../support/stage.js';
import { until } from '../../support/turns.js';
import { clientIdentity, folder, handshakeError, secureClient, sessionOf, shakeHands, tlsFor } from './secure-stage.js';

const other = await Authority.create('CN=Another Authority');
const otherCa = folder.write('other-ca.pem', other.cert);
const ada = await clientIdentity('CN=ada,O=Example');
const eve = await clientIdentity('CN=eve', other);

/** Hosts that ask for certificates of the test's authority, of another, for none, and perhaps. */
async function start(stage: Stage): Promise<void> {
  const backend = await stage.backend();
  const rule = async (host: string, more: object) => {
    return { pattern: host, target: 'api', tls: { ...(await tlsFor(host)), ...more } };
  };
  await stage.start({
    backends: [backend],
    host_rules: [
      await rule('a.example', { client_ca: folder.caFile }),
      await rule('other.example', { client_ca: otherCa }),
      await rule('open.example', {}),
      await rule('maybe.example', { client_ca: folder.caFile, client_auth: 'optional' }),
    ],
  });
}

async function ask(stage: Stage, host: string, options: tls.ConnectionOptions): Promise<number> {
  const client = await secureClient(stage.port, { checkServerIdentity: () => undefined, ...options });
  client.send(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  return (await client.takeResponse()).status;
}

behaviour('a client with a certificate of the authority is served, and known by its subject', async (stage) => {
  await start(stage);
  assert.equal(await ask(stage, 'a.example', { servername: 'a.example', ...ada }), 200);
  assert.equal(stage.ended[0]?.exchange.client.tls?.subject, 'CN=ada, O=Example');
});

behaviour('a certificate without a subject is known by its other names', async (stage) => {
  await start(stage);
  const nameless = await folder.authority.issue({ subject: '', names: ['ada.example'], usage: 'client' });
  assert.equal(await ask(stage, 'a.example', { servername: 'a.example', ...nameless }), 200);
  assert.equal(stage.ended[0]?.exchange.client.tls?.subject, 'DNS:ada.example');
});

behaviour('one without a certificate, or with one of another authority, does not get through', async (stage) => {
  await start(stage);
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    for (const identity of [{}, eve]) {
      await handshakeError(stage.port, { servername: 'a.example', maxVersion: version, ...identity });
    }
  }
  await until(() => stage.log.all('TLS handshake failed').length === 4, 'four failures');
  const bare = 'CLIENT_CERTIFICATE_REFUSED the client has no certificate';
  const wrong = 'CLIENT_CERTIFICATE_REFUSED UNABLE_TO_VERIFY_LEAF_SIGNATURE: ';
  assert.deepEqual(
    stage.log
      .all('TLS handshake failed')
      .map(({ code, reason }) => `${code} ${reason}`.replace(/SIGNATURE: .*/, 'SIGNATURE: ')),
    [bare, wrong, bare, wrong],
  );
  assert.equal(stage.ended.length, 0);
});

behaviour('client_auth: optional serves who has none, not who has a wrong one', async (stage) => {
  await start(stage);
  assert.equal(await ask(stage, 'maybe.example', { servername: 'maybe.example' }), 200);
  assert.equal(await ask(stage, 'maybe.example', { servername: 'maybe.example', ...ada }), 200);
  assert.deepEqual(
    stage.ended.map(({ exchange }) => exchange.client.tls?.subject),
    [null, 'CN=ada, O=Example'],
  );
  await handshakeError(stage.port, { servername: 'maybe.example', ...eve });
  await until(() => stage.log.all('TLS handshake failed').length === 1, 'a failure');
  assert.equal(stage.ended.length, 2);
});

behaviour('a host with client_ca is served only on connections of its own rule: else 421', async (stage) => {
  await start(stage);
  for (const [host, options, status] of [
    ['a.example', { servername: 'open.example' }, 421],
    ['a.example', { servername: 'open.example', ...ada }, 421],
    ['a.example', { servername: 'maybe.example', ...ada }, 421],
    ['A.Example.:443', { servername: 'other.example', ...eve }, 421],
    ['other.example', { servername: 'a.example', ...ada }, 421],
    ['maybe.example', { servername: 'open.example' }, 421],
    // Who names no host is judged by the first rule, and refused no sooner than by the host asked for.
    ['a.example', { servername: '', ...ada }, 200],
    ['a.example', { servername: '' }, 421],
    ['a.example', { servername: '', ...eve }, 421],
    ['a.example', { servername: 'unknown.example', ...ada }, 200],
    ['open.example', { servername: '' }, 200],
    ['open.example', { servername: 'a.example', ...ada }, 200],
    ['open.example', { servername: 'open.example', ...eve }, 200],
  ] as const) {
    assert.equal(await ask(stage, host, options), status, `${host} ${options.servername}`);
  }
  assert.deepEqual([...new Set(stage.log.codes)], ['misdirected-request']);
});

behaviour('a session is never resumed where any rule asks for certificates', async (stage) => {
  await start(stage);
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const options = { servername: 'maybe.example', maxVersion: version };
    const first = await shakeHands(stage.port, { ...options, ...ada });
    first.write('GET / HTTP/1.1\r\nHost: maybe.example\r\n\r\n');
    const session = await sessionOf(first);
    for (const servername of ['maybe.example', 'open.example']) {
      const again = await shakeHands(stage.port, {
        ...options,
        servername,
        session,
        checkServerIdentity: () => undefined,
      });
      assert.equal(again.isSessionReused(), false, `${version} ${servername}`);
      again.destroy();
    }
    first.destroy();
  }
});
