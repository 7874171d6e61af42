import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { claimOf, claimText, rolesIn } from '../../../src/middleware/auth/claims.js';
import { goodToken, SECRET } from '../../support/tokens.js';
import { authStage, bearing, verdict, verdictOn } from './auth-stage.js';
import { fakeExchange } from './fake-exchange.js';

const secretly = (more: object = {}) => authStage({ jwt_secret: SECRET, ...more });
const withRoles = (roles: unknown, more: object = {}) => ({ ...bearing(goodToken({ roles })), ...more });
const lacks = (what: string): string => `forbidden gate: the user lacks ${what}`;
const NONE = 'unauthenticated gate: no credential';

describe('roles', () => {
  it('of a list or of words are all required', async () => {
    const stage = secretly({ require_roles: ['chat', 'staff'] });
    for (const roles of [['staff', 'chat', 'x'], 'chat staff', ' staff  chat ']) {
      assert.equal(await verdict(stage, withRoles(roles)), 'ann');
    }
    for (const [roles, what] of [
      [['chat'], 'staff'],
      [['staff', 'chatter'], 'chat'],
      ['chat,staff', 'chat'],
      [{ chat: true, staff: true }, 'chat'],
      [[['chat', 'staff']], 'chat'],
      [undefined, 'chat'],
    ] as const) {
      assert.equal(await verdict(stage, withRoles(roles)), lacks(`require_roles: ${what}`));
    }
  });

  it('stand in roles_claim, with dots into maps', async () => {
    const nested = secretly({ roles_claim: 'realm_access.roles', require_roles: ['admin'] });
    const of = (claims: object) => bearing(goodToken({ ...claims }));
    assert.equal(await verdict(nested, of({ realm_access: { roles: ['admin'] } })), 'ann');
    assert.match(await verdict(nested, of({ realm_access: 'roles' })), /^forbidden/);
    assert.match(await verdict(nested, of({ roles: ['admin'] })), /^forbidden/);
    const url = secretly({ roles_claim: 'https://example.com/roles', require_roles: ['admin'] });
    assert.equal(await verdict(url, of({ 'https://example.com/roles': 'admin' })), 'ann');
  });
});

describe('rules', () => {
  const stage = secretly({
    rules: [
      { path: '/admin/*', roles: ['admin', 'root'] },
      { path: '/posts/*', methods: ['GET', 'POST'], roles: ['editor'] },
      { path: '/posts/*', methods: ['DELETE'], roles: ['admin'] },
      { path: '/admin/secret', roles: ['root'] },
    ],
  });

  it('want one of their roles where path and method match, and every one that matches counts', async () => {
    for (const [method, target, roles, said] of [
      ['GET', '/other', [], 'ann'],
      ['GET', '/admin', ['admin'], 'ann'],
      ['GET', '/admin/x', ['root'], 'ann'],
      ['GET', '/admin/x', ['editor'], lacks('one of admin, root')],
      ['GET', '/%61dmin/x', ['editor'], lacks('one of admin, root')],
      ['GET', '/x/../admin', ['editor'], lacks('one of admin, root')],
      ['GET', '//admin/x', ['editor'], lacks('one of admin, root')],
      ['GET', '/admin%2Fx', ['editor'], lacks('one of admin, root')],
      ['GET', '/x%2f..%2fadmin', ['editor'], lacks('one of admin, root')],
      ['GET', '/x%5Cadmin', [], 'ann'],
      ['GET', '/admin/secret', ['admin'], lacks('one of root')],
      ['POST', '/posts/1', ['editor'], 'ann'],
      ['POST', '/posts/1', ['admin'], lacks('one of editor')],
      ['HEAD', '/posts/1', ['admin'], lacks('one of editor')],
      ['DELETE', '/posts/1', ['editor'], lacks('one of admin')],
      ['delete', '/posts/1', ['editor'], lacks('one of admin')],
      ['Head', '/posts/1', ['admin'], lacks('one of editor')],
      ['PUT', '/posts/1', [], 'ann'],
    ] as const) {
      const { exchange } = fakeExchange({ ...withRoles(roles), method, target });
      assert.equal(await verdictOn(stage, exchange), said, `${method} ${target} ${roles}`);
    }
  });

  it('want somebody where nobody in particular may pass else', async () => {
    const open = secretly({ require_auth: false, rules: [{ path: '/admin/*', roles: ['admin'] }, { path: '/me' }] });
    assert.equal(await verdict(open, { target: '/' }), 'nobody');
    for (const target of ['/admin/x', '/me']) assert.equal(await verdict(open, { target }), NONE);
    assert.equal(await verdict(open, { ...withRoles([]), target: '/me' }), 'ann');
    assert.match(await verdict(open, { ...bearing('bad'), target: '/' }), /^unauthenticated gate: it is no/);
    assert.equal(await verdict(secretly({ require_auth: false, require_roles: ['x'] }), {}), NONE);
  });

  it('hold for users and keys too', async () => {
    const users = authStage({
      users: [
        { username: 'ann', password: 'p', roles: ['admin'] },
        { username: 'bob', password: 'p' },
      ],
      require_roles: ['admin'],
    });
    const basic = (name: string) => ({ headers: [['Authorization', `Basic ${btoa(`${name}:p`)}`] as const] });
    assert.equal(await verdict(users, basic('ann')), 'ann');
    assert.equal(await verdict(users, basic('bob')), lacks('require_roles: admin'));
  });
});

describe('forward', () => {
  const forwarded = async (options: object, request: object, trusted = false): Promise<string[]> => {
    const { exchange } = fakeExchange({ ...request, trusted });
    await verdictOn(secretly(options), exchange);
    return exchange.backendRequest.headers.getAll('X-User');
  };

  it('sets fields from claims, whatever the client sent, and drops those without', async () => {
    const options = { forward: { 'X-User': 'sub' }, require_auth: false };
    const lying = { headers: [['X-User', 'root'] as const] };
    const asAnn = { headers: [['X-User', 'root'] as const, ['Authorization', goodToken()] as const] };
    assert.deepEqual(await forwarded(options, asAnn), ['ann']);
    assert.deepEqual(await forwarded(options, asAnn, true), ['ann']);
    assert.deepEqual(await forwarded(options, lying), []);
    assert.deepEqual(await forwarded(options, lying, true), []);
    const none = { headers: [['X-User', 'root'] as const, ['Authorization', goodToken({ sub: undefined })] as const] };
    assert.deepEqual(await forwarded(options, none), []);
    assert.deepEqual(secretly(options).middleware.ownedRequestFields, ['x-user']);
    assert.deepEqual(secretly({ forward: { X_User_Id: 'sub' } }).middleware.ownedRequestFields, ['x-user-id']);
  });

  it('leaves no other spelling of a field, which a proxy that is trusted has let through', async () => {
    const spellings = ['X_User', 'x-user', 'X-User_Id', 'X_USER_ID', 'X-User-Id'] as const;
    const headers = [['X-Users', 'kept'] as const, ...spellings.map((name) => [name, 'root'] as const)];
    const stage = secretly({ forward: { 'X-User': 'sub', X_User_Id: 'sub' }, require_auth: false });
    for (const [more, said] of [
      [[], []],
      [[['Authorization', goodToken()] as const], ['X-User: ann', 'X_User_Id: ann']],
    ] as const) {
      const { exchange } = fakeExchange({ headers: [...headers, ...more], trusted: true });
      await verdictOn(stage, exchange);
      const fields = [...exchange.backendRequest.headers].map(([name, value]) => `${name}: ${value}`);
      assert.deepEqual(fields.filter((field) => /^x.user/i.test(field)).sort(), ['X-Users: kept', ...said].sort());
    }
  });

  it('never brings a line break, and writes what is not ASCII as UTF-8', async () => {
    const options = { forward: { 'X-User': 'sub' } };
    const of = (sub: string) => forwarded(options, bearing(goodToken({ sub })));
    assert.deepEqual(await of('ann\r\nX-Admin: 1'), ['annX-Admin: 1']);
    assert.deepEqual(await of('Ċ'), [Buffer.from('Ċ').toString('latin1')]);
  });

  it('has text for every kind of claim', () => {
    assert.deepEqual([true, 5, ['a', 1], { a: 1 }, null, undefined].map(claimText), [
      'true',
      '5',
      'a,1',
      '{"a":1}',
      null,
      null,
    ]);
  });
});

describe('claims', () => {
  it('are found by whole name first, then by dots, and never in a prototype', () => {
    const claims = { 'a.b': 1, a: { b: 2, c: { d: 3 } }, list: [4] };
    assert.deepEqual(
      ['a.b', 'a.c.d', 'a.x', 'list.0', 'constructor', 'a.__proto__'].map((name) => claimOf(claims, name)),
      [1, 3, undefined, undefined, undefined, undefined],
    );
    assert.deepEqual([...rolesIn(['a', 1, '', null, 'b'])], ['a', 'b']);
  });
});
