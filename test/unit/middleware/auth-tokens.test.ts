import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { describe, it } from 'node:test';
import { ecPair, edPair, encoded, goodToken, rsaPair, SECRET, START, tokenOf } from '../../support/tokens.js';
import { type AuthStage, authStage, bearing, challengeOf, verdict, verdictOn } from './auth-stage.js';
import { fakeExchange } from './fake-exchange.js';

const rsa = rsaPair();
const secretly = (more: object = {}): AuthStage => authStage({ jwt_secret: SECRET, ...more });
const refused = (why: string): string => `unauthenticated gate: ${why}`;
const BAD_SIGNATURE = refused('its signature does not hold');
const BAD_ALGORITHM = refused('its algorithm is not one of algorithms');
const NO_TOKEN = refused('it is no JSON Web Token');

describe('a token that holds', () => {
  it('names its subject', async () => {
    assert.equal(await verdict(secretly(), bearing(goodToken())), 'ann');
    assert.equal(await verdict(secretly(), bearing(goodToken({ sub: undefined }))), 'nobody');
  });

  const keys = [
    ['RS256', rsa],
    ['RS384', rsa],
    ['RS512', rsa],
    ['PS256', rsa],
    ['PS384', rsa],
    ['PS512', rsa],
    ['ES256', ecPair('P-256')],
    ['ES384', ecPair('P-384')],
    ['ES512', ecPair('P-521')],
    ['EdDSA', edPair()],
    ['Ed25519', edPair()],
  ] as const;
  for (const [alg, { pem, privateKey }] of keys) {
    it(`may be signed with ${alg}, where the kind of the key is the only thing said`, async () => {
      const stage = authStage({ jwt_public_key: pem });
      assert.equal(await verdict(stage, bearing(goodToken({}, privateKey, { alg }))), 'ann');
    });
  }

  for (const alg of ['HS384', 'HS512']) {
    it(`is of ${alg} only where that is said`, async () => {
      const token = goodToken({}, SECRET, { alg });
      assert.equal(await verdict(secretly(), bearing(token)), BAD_ALGORITHM);
      assert.equal(await verdict(secretly({ algorithms: [alg] }), bearing(token)), 'ann');
    });
  }

  it('is verified once, and counts to its end and no longer', async () => {
    const stage = secretly({ clock_tolerance: 0 });
    const request = bearing(goodToken());
    assert.ok(stage.middleware.onRequest?.(fakeExchange(request).exchange) instanceof Promise);
    assert.equal(await verdict(stage, request), 'ann');
    assert.equal(stage.middleware.onRequest?.(fakeExchange(request).exchange), undefined);
    stage.clock.advance(3_599_999);
    assert.equal(stage.middleware.onRequest?.(fakeExchange(request).exchange), undefined);
    stage.clock.advance(1);
    assert.equal(await verdict(stage, request), refused('the token has expired'));
  });
});

describe('claims', () => {
  it('of time are held against the clock, with clock_tolerance', async () => {
    for (const [claims, why] of [
      [{ exp: START - 5 }, 'the token has expired'],
      [{ exp: START - 100 }, 'the token has expired'],
      [{ nbf: START + 6 }, 'the token is not valid yet'],
      [{ exp: 'never' }, 'its claim exp is not as it must be'],
    ] as const) {
      assert.equal(await verdict(secretly(), bearing(goodToken(claims))), refused(why));
    }
    for (const claims of [{ exp: START - 4 }, { nbf: START + 5 }, { exp: undefined }]) {
      assert.equal(await verdict(secretly(), bearing(goodToken(claims))), 'ann');
    }
    const exact = secretly({ clock_tolerance: 0 });
    assert.equal(await verdict(exact, bearing(goodToken({ exp: START }))), refused('the token has expired'));
  });

  for (const [option, claim] of [
    ['issuer', 'iss'],
    ['audience', 'aud'],
  ] as const) {
    it(`${claim} has to be ${option}, or one of them`, async () => {
      const one = secretly({ [option]: 'https://id.example' });
      const many = secretly({ [option]: ['https://old.example', 'https://id.example'] });
      for (const stage of [one, many]) {
        assert.equal(await verdict(stage, bearing(goodToken({ [claim]: 'https://id.example' }))), 'ann');
        const other = await verdict(stage, bearing(goodToken({ [claim]: 'https://id.example.evil' })));
        assert.equal(other, refused(`its claim ${claim} is not as it must be`));
        assert.equal(await verdict(stage, bearing(goodToken())), refused(`its claim ${claim} is missing`));
      }
    });
  }
});

describe('an attack by token', () => {
  const [head = '', body = '', signature = ''] = goodToken().split('.');

  for (const alg of ['none', 'None', 'NONE', 'nOnE', '']) {
    it(`with alg "${alg}" and no signature, or any, is refused`, async () => {
      const unsigned = `${encoded({ alg, typ: 'JWT' })}.${body}.`;
      for (const stage of [secretly(), authStage({ jwt_public_key: rsa.pem })]) {
        for (const token of [unsigned, `${unsigned}${signature}`]) {
          assert.match(await verdict(stage, bearing(token)), /^unauthenticated gate: it/);
        }
      }
    });
  }

  it('that signs with the public key as a secret is refused', async () => {
    const stage = authStage({ jwt_public_key: rsa.pem });
    const der = createPublicKey(rsa.pem).export({ type: 'spki', format: 'der' }).toString('latin1');
    for (const key of [rsa.pem, rsa.pem.trimEnd(), der]) {
      for (const alg of ['HS256', 'HS384', 'HS512']) {
        assert.equal(await verdict(stage, bearing(goodToken({}, key, { alg }))), BAD_ALGORITHM);
      }
    }
  });

  it('that is signed with another key is refused, whatever key it brings or names', async () => {
    const evil = rsaPair();
    const stage = authStage({ jwt_public_key: rsa.pem });
    for (const header of [
      {},
      { kid: '../../dev/null' },
      { jwk: evil.jwk() },
      { jku: 'http://127.0.0.1:1/keys' },
      { x5u: 'http://127.0.0.1:1/cert' },
      { x5c: ['MIIB'] },
    ]) {
      assert.equal(await verdict(stage, bearing(goodToken({}, evil.privateKey, header))), BAD_SIGNATURE);
      assert.equal(await verdict(secretly(), bearing(goodToken({}, 'another', header))), BAD_SIGNATURE);
    }
  });

  it('with a crit that nobody knows is refused', async () => {
    for (const header of [{ crit: ['exp2'], exp2: 1 }, { crit: ['b64'], b64: false }, { crit: [] }, { crit: 'exp' }]) {
      assert.match(await verdict(secretly(), bearing(goodToken({}, SECRET, header))), /^unauthenticated /);
    }
  });

  it('that changes a byte of head, claims or signature is refused', async () => {
    const flipped = signature.startsWith('A') ? `B${signature.slice(1)}` : `A${signature.slice(1)}`;
    assert.equal(await verdict(secretly(), bearing(`${head}.${body}.${flipped}`)), BAD_SIGNATURE);
    const other = encoded({ sub: 'root', exp: START + 3600 });
    assert.equal(await verdict(secretly(), bearing(`${head}.${other}.${signature}`)), BAD_SIGNATURE);
    const otherHead = encoded({ alg: 'HS256', typ: 'jwt' });
    assert.equal(await verdict(secretly(), bearing(`${otherHead}.${body}.${signature}`)), BAD_SIGNATURE);
  });

  it('that is garbage or cut off is refused', async () => {
    const whole = goodToken();
    for (const token of [
      '',
      'x',
      '.',
      '..',
      '...',
      'a.b.c',
      `${head}.${body}`,
      `${whole}.`,
      `${whole} x`,
      '{}',
      'null',
    ]) {
      assert.equal(await verdict(secretly(), bearing(token)), NO_TOKEN, token);
    }
    for (let length = 1; length < whole.length; length += 7) {
      assert.match(await verdict(secretly(), bearing(whole.slice(0, length))), /^unauthenticated /);
    }
  });

  it('that is no map of claims is refused', async () => {
    const of = (claims: unknown) => tokenOf(claims as Record<string, unknown>);
    for (const claims of [null, 5, 'ann', ['ann']])
      assert.match(await verdict(secretly(), bearing(of(claims))), /^unauth/);
  });

  it('over 8 KiB is refused unread, one of 8 KiB is read', async () => {
    const long = goodToken({ x: 'x'.repeat(8192) });
    assert.equal(await verdict(secretly(), bearing(long)), refused('the token is over 8 KiB'));
    const room = 8192 - goodToken({ x: '' }).length;
    const fits = goodToken({ x: 'x'.repeat(Math.floor((room * 3) / 4) - 3) });
    assert.ok(fits.length > 8100 && fits.length <= 8192, String(fits.length));
    assert.equal(await verdict(secretly(), bearing(fits)), 'ann');
  });

  it('by two Authorization fields is refused, even of the same token', async () => {
    const field = ['Authorization', `Bearer ${goodToken()}`] as const;
    const two = refused('there are 2 Authorization fields');
    assert.equal(await verdict(secretly(), { headers: [field, field] }), two);
    assert.equal(await verdict(secretly({ require_auth: false }), { headers: [field, field] }), two);
  });
});

describe('what a client is told', () => {
  it('is the scheme, and that a token does not hold, but not why', async () => {
    assert.equal(await challengeOf(secretly(), {}), 'Bearer realm="Restricted"');
    const invalid = 'Bearer realm="Restricted", error="invalid_token"';
    for (const token of ['x', goodToken({ exp: 1 }), goodToken({}, 'another')]) {
      assert.equal(await challengeOf(secretly(), bearing(token)), invalid);
    }
    const lacking = await challengeOf(secretly({ require_roles: ['admin'] }), bearing(goodToken()));
    assert.equal(lacking, 'Bearer realm="Restricted", error="insufficient_scope"');
  });

  it('of a token stands in no message for the log', async () => {
    for (const header of [{}, { crit: ['s3cr3t'], s3cr3t: 1 }, { alg: 's3cr3t' }]) {
      const said = await verdictOn(
        secretly(),
        fakeExchange(bearing(goodToken({ iss: 's3cr3t' }, 'k', header))).exchange,
      );
      assert.ok(said.startsWith('unauthenticated') && !said.includes('s3cr3t'), said);
    }
  });
});
