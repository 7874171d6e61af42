import assert from 'node:assert/strict';
import { scryptSync } from 'node:crypto';
import { after, describe, it } from 'node:test';
import bcrypt from 'bcryptjs';
import { type AuthStage, authStage, challengeOf, verdict, verdictOn } from './auth-stage.js';
import { fakeExchange } from './fake-exchange.js';

const stages: AuthStage[] = [];
after(() => stages.forEach(({ middleware }) => void middleware.dispose?.()));

function setUp(options: object): AuthStage {
  const stage = authStage(options);
  stages.push(stage);
  return stage;
}

const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64').replace(/=+$/, '');
const basic = (credentials: string | Buffer) => ({
  headers: [['Authorization', `Basic ${Buffer.from(credentials).toString('base64')}`] as const],
});
const keyed = (key: string) => ({ headers: [['X-API-Key', key] as const] });
const WRONG = 'unauthenticated gate: the user is not known, or the password is another';
const UNKNOWN = 'unauthenticated gate: the key is not known';

function scrypted(password: string, { ln, r, p }: { ln: number; r: number; p: number }): string {
  const salt = Buffer.from('0123456789abcdef');
  const key = scryptSync(password, salt, 32, { N: 2 ** ln, r, p, maxmem: 128 << 20 });
  return `$scrypt$ln=${ln},r=${r},p=${p}$${base64(salt)}$${base64(key)}`;
}

const users = [
  { username: 'plain', password: 'open sesame' },
  { username: 'bcrypt', password: bcrypt.hashSync('sésame', 4) },
  { username: 'scrypt', password: scrypted('a:b', { ln: 4, r: 8, p: 1 }) },
  { username: 'jürgen', password: 'pässword' },
];

describe('a user name with its password', () => {
  it('passes, plain or hashed, with colons and beyond ASCII', async () => {
    const stage = setUp({ users });
    for (const [credentials, user] of [
      ['plain:open sesame', 'plain'],
      ['bcrypt:sésame', 'bcrypt'],
      ['scrypt:a:b', 'scrypt'],
      ['jürgen:pässword', 'jürgen'],
    ] as const) {
      assert.equal(await verdict(stage, basic(credentials)), user);
    }
  });

  it('is refused for another password, another user and a hash as its own password', async () => {
    const stage = setUp({ users });
    const tried = [
      'plain:open sesam',
      'plain:',
      'bcrypt:sesame',
      'scrypt:a',
      'nobody:open sesame',
      ':',
      'PLAIN:open sesame',
    ];
    for (const credentials of [...tried, `bcrypt:${users[1]?.password}`, `scrypt:${users[2]?.password}`]) {
      assert.equal(await verdict(stage, basic(credentials)), WRONG, credentials);
    }
  });

  it('is refused where it is no base64, no UTF-8, has no colon, is too long, or stands twice', async () => {
    const stage = setUp({ users });
    const of = (value: string) => verdict(stage, { headers: [['Authorization', value]] });
    assert.match(await of('Basic'), /no base64/);
    assert.match(await of('Basic a*b'), /no base64/);
    assert.match(await verdict(stage, basic(Buffer.from('706c61696e3aff', 'hex'))), /no UTF-8/);
    assert.match(await verdict(stage, basic('plain')), /no colon/);
    assert.match(await verdict(stage, basic(`plain:${'x'.repeat(8192)}`)), /over 8 KiB/);
    const field = basic('plain:open sesame').headers[0] as readonly [string, string];
    assert.match(await verdict(stage, { headers: [field, field] }), /there are 2 Authorization fields/);
  });

  it('of another scheme is none', async () => {
    const stage = setUp({ users });
    assert.match(await verdict(stage, { headers: [['Authorization', 'Bearer x']] }), /no credential/);
    assert.equal(await challengeOf(stage, {}), 'Basic realm="Restricted", charset="UTF-8"');
    assert.equal(await challengeOf(stage, basic('plain:x')), 'Basic realm="Restricted", charset="UTF-8"');
  });

  it('is hashed once in five minutes, and once for many at a time', async () => {
    const stage = setUp({ users: [{ username: 'ann', password: scrypted('p', { ln: 14, r: 8, p: 1 }) }] });
    const once = () => stage.middleware.onRequest?.(fakeExchange(basic('ann:p')).exchange);
    const pending = Array.from({ length: 200 }, once);
    assert.ok(pending.every((one) => one instanceof Promise));
    await Promise.all(pending);
    assert.equal(once(), undefined);
    stage.clock.advance(299_999);
    assert.equal(once(), undefined);
    stage.clock.advance(1);
    assert.ok(once() instanceof Promise);
    assert.equal(await verdict(stage, basic('ann:p')), 'ann');
  });

  it('waits behind a hundred others at most: a flood is told to come later', async () => {
    const stage = setUp({ users: [{ username: 'ann', password: scrypted('p', { ln: 10, r: 8, p: 1 }) }] });
    const asked = Array.from({ length: 150 }, (_, n) => verdictOn(stage, fakeExchange(basic(`ann:${n}`)).exchange));
    const said = await Promise.all(asked);
    assert.equal(said.filter((one) => one === WRONG).length, 100);
    assert.equal(said.filter((one) => one.startsWith('rate-limited ')).length, 50);
    assert.equal(await verdict(stage, basic('ann:p')), 'ann');
  });

  it('of nobody takes as much computing as that of somebody', async () => {
    const stage = setUp({ users: [{ username: 'ann', password: scrypted('p', { ln: 4, r: 8, p: 1 }) }] });
    for (const credentials of ['ann:x', 'nobody:x']) {
      const pending = stage.middleware.onRequest?.(fakeExchange(basic(credentials)).exchange);
      assert.ok(pending instanceof Promise, credentials);
      await assert.rejects(pending, { code: 'unauthenticated' });
    }
    assert.equal(await verdict(stage, basic('nobody:p')), WRONG);
  });
});

describe('bcrypt', () => {
  it('does not hold up the thread that relays', async () => {
    const stage = setUp({ users: [{ username: 'ann', password: bcrypt.hashSync('p', 11) }] });
    await verdict(stage, basic('ann:x'));
    const pending = verdictOn(stage, fakeExchange(basic('ann:p')).exchange);
    let turns = 0;
    const turning = setInterval(() => turns++, 1);
    assert.equal(await pending, 'ann');
    clearInterval(turning);
    assert.ok(turns > 5, `${turns} turns while a hash was computed`);
  });
});

describe('an API key', () => {
  const keys = [
    { name: 'ci', key: 'plain-key-0123456789', roles: ['deploy'] },
    { name: 'cron', key: bcrypt.hashSync('hashed-key-0123456789', 4) },
    { name: 'mail', key: scrypted('other-key-0123456789', { ln: 4, r: 8, p: 1 }) },
  ];

  it('names its program, plain or hashed', async () => {
    const stage = setUp({ keys });
    assert.equal(await verdict(stage, keyed('plain-key-0123456789')), 'ci');
    assert.equal(await verdict(stage, keyed('hashed-key-0123456789')), 'cron');
    assert.equal(await verdict(stage, keyed('other-key-0123456789')), 'mail');
    for (const key of ['plain-key-012345678', 'x', `${keys[1]?.key}`])
      assert.equal(await verdict(stage, keyed(key)), UNKNOWN);
    assert.equal(await challengeOf(stage, keyed('x')), 'ApiKey realm="Restricted"');
    const twice = { headers: [['X-API-Key', 'a'] as const, ['x-api-key', 'a'] as const] };
    assert.equal(await verdict(stage, twice), 'unauthenticated gate: there are 2 X-API-Key fields');
  });

  it('that is hashed is computed once in five minutes, whatever others stand before it', async () => {
    const stage = setUp({ keys });
    const once = () => stage.middleware.onRequest?.(fakeExchange(keyed('other-key-0123456789')).exchange);
    const first = once();
    assert.ok(first instanceof Promise);
    await first;
    assert.equal(await verdict(stage, keyed('other-key-0123456789')), 'mail');
    assert.equal(once(), undefined);
    stage.clock.advance(300_000);
    const later = once();
    assert.ok(later instanceof Promise);
    // Not left behind: what is not computed when the thread is taken down fails.
    await later;
  });

  it('has roles, and stands where token_header, token_cookie or token_query say', async () => {
    const stage = setUp({
      keys: keys.slice(0, 1),
      token_header: 'Authorization',
      token_cookie: 'k',
      token_query: 'api_key',
      rules: [
        { path: '/deploy', roles: ['deploy'] },
        { path: '/admin', roles: ['admin'] },
      ],
    });
    const key = 'plain-key-0123456789';
    assert.equal(await verdict(stage, { target: '/deploy', headers: [['Authorization', `Bearer ${key}`]] }), 'ci');
    assert.equal(
      await verdict(stage, { target: '/admin', headers: [['Cookie', `k=${key}`]] }),
      'forbidden gate: the user lacks one of admin',
    );
    assert.equal(await verdict(stage, { target: `/?api_key=${key}` }), 'ci');
    assert.match(await verdict(stage, keyed(key)), /no credential/);
  });
});
