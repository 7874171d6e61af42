import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import { KeysServer, keySet } from '../../support/keys-server.js';
import { stageCertificates } from '../../support/tls-variant.js';
import { ecPair, edPair, goodToken, type KeyPair, rsaPair } from '../../support/tokens.js';
import { settled, until } from '../../support/turns.js';
import { type AuthStage, authStage, bearing, verdictOn } from './auth-stage.js';
import { fakeExchange } from './fake-exchange.js';

const [one, two] = [rsaPair(), rsaPair()];
const servers: KeysServer[] = [];
after(() => Promise.all(servers.map((server) => server.close())));

async function setUp(says: KeysServer['says'], more: object = {}) {
  const server = await KeysServer.listen(says);
  servers.push(server);
  return { server, stage: authStage({ jwks_url: server.url, ...more }) };
}

const ask = (stage: AuthStage, token: string): Promise<string> =>
  verdictOn(stage, fakeExchange(bearing(token)).exchange);
const signed = (pair: KeyPair, kid?: string, claims = {}): string =>
  goodToken(claims, pair.privateKey, kid === undefined ? {} : { kid });
const NO_KEY = 'unauthenticated gate: jwks_url has no key of its kid and algorithm';

describe('keys at a url', () => {
  it('are fetched at the first token, once for many at a time', async () => {
    const { server, stage } = await setUp(keySet({ one, two }));
    assert.equal(server.asked, 0);
    const tokens = Array.from({ length: 50 }, (_, n) =>
      signed(n % 2 === 0 ? one : two, n % 2 === 0 ? 'one' : 'two', { n }),
    );
    const said = await Promise.all(tokens.map((token) => ask(stage, token)));
    assert.deepEqual([...new Set(said)], ['ann']);
    assert.equal(server.asked, 1);
  });

  it('of every kind count, and a token without a kid is tried with all that fit', async () => {
    const [ec, ed] = [ecPair(), edPair()];
    const { stage } = await setUp(keySet({ one, two, ec, ed }));
    for (const pair of [one, two, ec, ed]) assert.equal(await ask(stage, signed(pair)), 'ann');
    assert.equal(await ask(stage, signed(rsaPair())), 'unauthenticated gate: its signature does not hold');
    assert.equal(await ask(stage, signed(two, 'one')), 'unauthenticated gate: its signature does not hold');
  });

  it('are fetched again for an unknown kid, at most every 30 s', async () => {
    const { server, stage } = await setUp(keySet({ one }));
    assert.equal(await ask(stage, signed(one, 'one')), 'ann');
    server.says = keySet({ one, two });
    for (let round = 0; round < 20; round++) assert.equal(await ask(stage, signed(two, 'two')), NO_KEY);
    assert.equal(server.asked, 1);
    stage.clock.advance(30_000);
    const said = await Promise.all(Array.from({ length: 20 }, (_, n) => ask(stage, signed(two, 'two', { n }))));
    assert.deepEqual([...new Set(said)], ['ann']);
    assert.equal(server.asked, 2);
    for (let round = 0; round < 20; round++) assert.equal(await ask(stage, signed(two, `no ${round}`)), NO_KEY);
    assert.equal(server.asked, 2);
  });

  it('that were withdrawn stop to count ten minutes later, with the tokens they vouched for', async () => {
    const { server, stage } = await setUp(keySet({ one, two }));
    const token = signed(one, 'one');
    assert.equal(await ask(stage, token), 'ann');
    server.says = keySet({ two });
    stage.clock.advance(600_000);
    assert.equal(await ask(stage, signed(two, 'two')), 'ann');
    await until(() => server.asked === 2, 'the second fetch');
    // What the answer brings about follows it.
    let said = await ask(stage, token);
    for (let turn = 0; said !== NO_KEY && turn < 1000; turn++) {
      await settled(1);
      said = await ask(stage, token);
    }
    assert.equal(said, NO_KEY);
  });

  it('that were withdrawn stop to count where nobody brings a token that is not known yet', async () => {
    const { server, stage } = await setUp(keySet({ one, two }));
    const token = signed(one, 'one');
    assert.equal(await ask(stage, token), 'ann');
    server.says = keySet({ two });
    stage.clock.advance(599_999);
    assert.equal(await ask(stage, token), 'ann');
    assert.equal(server.asked, 1);
    stage.clock.advance(1);
    let said = await ask(stage, token);
    for (let turn = 0; said !== NO_KEY && turn < 1000; turn++) {
      await settled(1);
      said = await ask(stage, token);
    }
    assert.equal(said, NO_KEY);
    assert.equal(server.asked, 2);
  });

  it('that are there go on to count whatever becomes of the url', async () => {
    const { server, stage } = await setUp(keySet({ one }));
    assert.equal(await ask(stage, signed(one, 'one')), 'ann');
    for (const says of [500, 301, 'no json', '{}', { keys: 'none' }]) {
      server.says = says;
      stage.clock.advance(30_000);
      assert.equal(await ask(stage, signed(one, 'new')), NO_KEY);
      assert.equal(await ask(stage, signed(one, 'one', { says })), 'ann');
    }
    assert.equal(server.asked, 6);
    const [line] = stage.log.all('keys could not be fetched');
    assert.deepEqual(line, { middleware: 'gate', url: server.url, detail: 'it answered 500', keys: 'old' });
  });

  it('are told of without the query of their url, which may be secret', async () => {
    const { server } = await setUp(500);
    const stage = authStage({ jwks_url: `${server.url}?code=hunter2` });
    await ask(stage, signed(one, 'one'));
    assert.equal(stage.log.all('keys could not be fetched')[0]?.url, server.url);
  });

  for (const [says, why] of [
    [503, 'it answered 503'],
    [302, 'it answered 302'],
    ['{"keys":[{}]}', 'JSON Web Key Set malformed'],
    ['x'.repeat(1_048_577), 'its answer is over 1048576 bytes'],
  ] as const) {
    it(`that cannot be had are a 503, and asked for again a second later: ${why}`, async () => {
      const { server, stage } = await setUp(says);
      const token = signed(one, 'one');
      const unavailable = `keys-unavailable gate: jwks_url: ${why}`;
      if (says !== '{"keys":[{}]}') {
        assert.equal(await ask(stage, token), unavailable);
        assert.equal(await ask(stage, token), unavailable);
        assert.equal(server.asked, 1);
        server.says = keySet({ one });
        stage.clock.advance(1000);
        assert.equal(await ask(stage, token), 'ann');
      } else {
        assert.notEqual(await ask(stage, token), 'ann');
      }
    });
  }

  it('of which nobody is at home are a 503', async () => {
    const { server, stage } = await setUp(keySet({ one }));
    await server.close();
    assert.match(await ask(stage, signed(one, 'one')), /^keys-unavailable gate: jwks_url: connect ECONNREFUSED /);
    servers.splice(servers.indexOf(server), 1);
  });

  it('are not taken from who cannot prove to be the host of the url', async () => {
    const { identity } = await stageCertificates();
    const server = createServer(identity, (_request, response) => response.end(JSON.stringify(keySet({ one }))));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const stage = authStage({ jwks_url: `https://127.0.0.1:${port}/` });
    assert.match(await ask(stage, signed(one, 'one')), /^keys-unavailable gate: jwks_url: .*certificate/);
    server.close();
  });

  it('are waited for 5 s and no longer', async () => {
    const { server, stage } = await setUp(null);
    const asked = ask(stage, signed(one, 'one'));
    await until(() => server.asked === 1, 'the fetch');
    stage.clock.advance(5000);
    assert.equal(await asked, 'keys-unavailable gate: jwks_url: no answer within 5 s');
  });

  it('are not waited for by an instance that is disposed of', async () => {
    const { server, stage } = await setUp(null);
    const asked = ask(stage, signed(one, 'one'));
    await until(() => server.asked === 1, 'the fetch');
    await stage.middleware.dispose?.();
    assert.match(await asked, /^keys-unavailable /);
    assert.deepEqual(stage.log.lines, []);
  });

  it('are no secrets: neither a token of HMAC nor a key meant for something else counts', async () => {
    const k = Buffer.from('a-secret-of-thirty-two-bytes-0000').toString('base64url');
    const { stage } = await setUp({
      keys: [
        { kty: 'oct', k, kid: 'oct' },
        { ...one.jwk('enc'), use: 'enc' },
        { ...two.jwk('ps'), alg: 'PS256' },
      ],
    });
    assert.match(await ask(stage, goodToken({}, undefined, { kid: 'oct' })), /its algorithm is not one of algorithms/);
    assert.equal(await ask(stage, signed(one, 'enc')), NO_KEY);
    assert.equal(await ask(stage, signed(two, 'ps')), NO_KEY);
    assert.equal(await ask(stage, goodToken({}, two.privateKey, { kid: 'ps', alg: 'PS256' })), 'ann');
  });

  it('with algorithms count for these alone', async () => {
    const { stage } = await setUp(keySet({ one }), { algorithms: ['PS256'] });
    assert.match(await ask(stage, signed(one, 'one')), /its algorithm is not one of algorithms/);
    assert.equal(await ask(stage, goodToken({}, one.privateKey, { kid: 'one', alg: 'PS256' })), 'ann');
  });
});
