import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { formatProblems } from '../../../src/config/format-problems.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { middlewareTypes } from '../../../src/middleware/registry.js';
import { ecPair, edPair, rsaPair, SECRET } from '../../support/tokens.js';
import { errorsOf, load, warningsOf } from './stand-ins.js';

const types = { middlewareTypes };
const BASE = 'services: { api: { url: "http://a:1" } }\nhost_rules: [{ pattern: "*", target: api }]\n';
/** The options stand in line 3, in column 36. */
const withAuth = (config: object): string =>
  `${BASE}middlewares: [{ name: auth, config: ${JSON.stringify(config)} }]\n`;
const errors = (config: object): string[] => {
  return errorsOf(withAuth(config), types).map((line) => line.replace(/^3:\d+ middlewares\[0\]\.config(?:\.|: )?/, ''));
};
const warnings = (config: object): string[] => {
  return warningsOf(withAuth(config), types).map((line) => line.replace(/^3:\d+ middlewares\[0\]\.config\./, ''));
};

const rsa = rsaPair();
const secret = { jwt_secret: SECRET };
const pem = { jwt_public_key: rsa.pem };
const user = { username: 'ann', password: 'p' };
const key = { name: 'ci', key: 'a-key-of-16-chars' };
const url = { jwks_url: 'https://id.example/keys' };
const BCRYPT = `$2b$10$${'a'.repeat(53)}`;

describe('options of the auth middleware', () => {
  const accepted = [
    secret,
    { type: 'jwt', ...pem, algorithms: ['RS256', 'PS512'] },
    { ...url, issuer: 'a', audience: ['b', 'c'], clock_tolerance: '1m' },
    { jwt_public_key: ecPair().pem, algorithms: ['ES256'] },
    { jwt_public_key: edPair().pem },
    { ...secret, token_header: 'X-T', token_cookie: 't', token_query: 'my_token', token_subprotocol: true },
    { ...secret, token_subprotocol: 'base64url.bearer', roles_claim: 'a.b', require_roles: ['x'] },
    { ...secret, rules: [{ path: '/a/*', methods: ['GET'], roles: ['x'] }, {}], forward: { 'X-User': 'sub' } },
    { ...secret, close_on_expiry: true, expiry_code: 4000, require_auth: false },
    { users: [user, { username: 'bob', password: BCRYPT, roles: ['x'] }] },
    { type: 'api_key', keys: [key], token_query: 'api_key' },
  ];
  for (const config of accepted) {
    it(`take ${JSON.stringify(config).slice(0, 90)}`, () => {
      assert.deepEqual(warnings(config), []);
    });
  }

  const P384_ALGORITHMS = 'ES256 is not for this key; it takes ES384';
  const refused: readonly (readonly [config: object, error: string])[] = [
    [{}, 'says nobody: write jwt_secret, jwt_public_key, jwks_url, users or keys'],
    [{ type: 'jwt' }, 'type jwt needs one of jwt_secret, jwt_public_key, jwks_url'],
    [{ type: 'basic' }, 'type basic needs users'],
    [{ type: 'api_key' }, 'type api_key needs keys'],
    [{ type: 'oauth' }, 'type: expected one of jwt, basic, api_key; got the text "oauth"'],
    [{ ...secret, ...pem }, 'jwt_public_key: stands beside jwt_secret: a token is checked with one of them'],
    [{ ...pem, ...url }, 'jwks_url: stands beside jwt_public_key: a token is checked with one of them'],
    [{ ...secret, users: [user] }, 'users: is not for type jwt'],
    [{ users: [user], token_query: 'token' }, 'token_query: is not for type basic'],
    [{ keys: [key], issuer: 'x' }, 'issuer: is not for type api_key'],
    [{ jwt_secret: '' }, 'jwt_secret: must not be empty'],
    [{ jwt_secret: 5 }, 'jwt_secret: expected text, got a number'],
    [{ jwt_public_key: SECRET }, 'jwt_public_key: expected a public key or certificate in PEM, or "file:/path" of one'],
    [
      { jwt_public_key: rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }) },
      'jwt_public_key: is a private key: take the public one',
    ],
    [{ jwt_public_key: rsaPair(1024).pem }, 'jwt_public_key: 1024 bits are too few: RSA takes 2048 or more'],
    [{ jwt_public_key: ecPair('secp256k1').pem }, 'jwt_public_key: the curve secp256k1 is not supported'],
    [{ ...secret, algorithms: ['none'] }, 'algorithms[0]: expected one of HS256'],
    [{ ...secret, algorithms: [] }, 'algorithms: must not be empty'],
    [{ ...secret, algorithms: ['RS256'] }, 'algorithms[0]: RS256 is not for this key; it takes HS256, HS384, HS512'],
    [{ ...pem, algorithms: ['RS256', 'HS256'] }, 'algorithms[1]: HS256 is not for this key; it takes RS256'],
    [{ ...url, algorithms: ['HS256'] }, 'algorithms[0]: HS256 is not for this key; it takes RS256'],
    [{ jwt_public_key: ecPair('P-384').pem, algorithms: ['ES256'] }, `algorithms[0]: ${P384_ALGORITHMS}`],
    [{ jwks_url: 'id.example/keys' }, 'jwks_url: expected an https:// url'],
    [{ jwks_url: 'file:///etc/passwd' }, 'jwks_url: expected an https:// url'],
    [{ jwks_url: 'https://a:b@id.example' }, 'jwks_url: a url with a password is read by many'],
    [{ ...secret, issuer: '' }, 'issuer: must not be empty'],
    [{ ...secret, audience: 5 }, 'audience: expected text, or a list, got 5'],
    [{ ...secret, clock_tolerance: 'x' }, 'clock_tolerance: expected a duration'],
    [{ ...secret, token_header: 'a b' }, 'token_header: "a b" is no header name'],
    [{ ...secret, token_cookie: 'a;b' }, 'token_cookie: expected the name of a cookie'],
    [{ ...secret, token_query: 'q' }, 'token_query: log lines would show "q"'],
    [{ ...secret, token_query: 'a&b' }, 'token_query: expected the name of a parameter'],
    [{ ...secret, token_subprotocol: 'a,b' }, 'token_subprotocol: expected the word before the dot'],
    [{ ...secret, roles_claim: '' }, 'roles_claim: must not be empty'],
    [{ ...secret, require_roles: ['a b'] }, 'require_roles[0]: a role is one word'],
    [{ ...secret, rules: [{ path: 'x' }] }, 'rules[0].path: a path pattern begins with "/" or "~"'],
    [{ ...secret, rules: [{ methods: ['get'] }] }, 'rules[0].methods[0]: methods are written in capitals -> GET'],
    [{ ...secret, rules: [{ role: ['x'] }] }, 'rules[0].role: unknown key -> roles'],
    [{ ...secret, require_auth: 'no' }, 'require_auth: expected true or false'],
    [
      { ...secret, forward: { 'Content-Length': 'sub' } },
      `forward.Content-Length: "Content-Length" is the proxy's own`,
    ],
    [{ ...secret, forward: { 'X-User': '' } }, 'forward.X-User: must not be empty'],
    [{ ...secret, close_on_expiry: 1 }, 'close_on_expiry: expected true or false'],
    [{ ...secret, expiry_code: 1006 }, 'expiry_code: expected a code that a Close may carry'],
    [{ users: [] }, 'users: must not be empty'],
    [{ users: [{ username: 'a:b', password: 'p' }] }, 'users[0].username: a user name is not empty, and has no colon'],
    [{ users: [user, user] }, 'users[1].username: "ann" stands there twice'],
    [{ users: [{ ...user, password: '$argon2id$v=19$x' }] }, 'users[0].password: looks like a hash, and is none of'],
    [
      { users: [{ ...user, password: BCRYPT.replace('10', '31') }] },
      'users[0].password: the cost of a bcrypt hash is 4',
    ],
    [
      { users: [{ ...user, password: `$scrypt$ln=30,r=8,p=1$${'a'.repeat(22)}$${'a'.repeat(43)}` }] },
      'users[0].password: the costs of this scrypt hash',
    ],
    [{ keys: [key, { ...key, name: 'cd' }] }, 'keys[1].key: is the key of "ci" too'],
    [{ keys: [{ name: '', key: 'x' }] }, 'keys[0].name: must not be empty'],
  ];
  for (const [config, error] of refused) {
    it(`refuse ${JSON.stringify(config).slice(0, 90)}`, () => {
      const [first = '', ...more] = errors(config);
      assert.ok(first.startsWith(error), `${first}, not ${error}`);
      assert.deepEqual(more, []);
    });
  }

  const doubted: readonly (readonly [config: object, warning: string])[] = [
    [{ jwt_secret: 'short' }, 'jwt_secret: is short: with fewer than 32 bytes it can be guessed'],
    [{ ...secret, algorithms: ['HS512'] }, 'jwt_secret: is short: with fewer than 64 bytes it can be guessed'],
    [{ jwks_url: 'http://id.example/' }, 'jwks_url: is not https: whoever is on the way can put their own keys there'],
    [{ keys: [{ ...key, key: 'short' }] }, 'keys: one is short: with fewer than 16 characters it can be guessed'],
    [
      { ...secret, close_on_expiry: false, expiry_code: 4000 },
      'expiry_code: has no effect with close_on_expiry: false',
    ],
    [
      { ...secret, require_auth: false, require_roles: ['a'] },
      'require_auth: has no effect beside require_roles: nobody has none of them',
    ],
  ];
  for (const [config, warning] of doubted) {
    it(`doubt ${JSON.stringify(config).slice(0, 90)}`, () => assert.deepEqual(warnings(config), [warning]));
  }

  it('are wrong at their line, and an auth that is only named needs an entry', () => {
    const lines = `${BASE}middleware_services:\n  - name: gate\n    type: auth\n    config:\n      jwt_secret: "${SECRET}"\n      issuers: x\n`;
    assert.deepEqual(errorsOf(lines, types), ['8:7 middleware_services[0].config.issuers: unknown key -> issuer']);
    const named = BASE.replace('target: api', 'target: api, middlewares: [auth]');
    assert.match(errorsOf(named, types)[0] ?? '', /^2:\d+ host_rules\[0\]\.middlewares\[0\]: "auth" does not run with/);
  });
});

describe('secrets of the auth middleware', () => {
  const folder = mkdtempSync(join(tmpdir(), 'toyou-proxy-'));
  after(() => rmSync(folder, { recursive: true }));
  const main = join(folder, 'config.yaml');
  const loadText = (text: string) => {
    writeFileSync(main, text);
    return loadConfig({ file: main, env: {}, ...types });
  };
  for (const [name, text] of [
    ['secret', `${SECRET}\n`],
    ['pem', rsa.pem],
    ['hash', `${BCRYPT}\n`],
    ['key', 'a key of its own\n'],
  ] as const) {
    writeFileSync(join(folder, name), text);
  }

  it('are read from files, in entries and instances', () => {
    const loaded =
      loadText(`${BASE}middlewares: [{ name: auth, is_global: false, config: { jwt_secret: "file:secret" } }]
middleware_services:
  - { name: a, type: auth, config: { jwt_public_key: "file:pem" } }
  - { name: b, type: auth, config: { users: [{ username: x, password: p }, { username: y, password: "file:${folder}/hash" }] } }
  - { name: c, type: auth, config: { keys: [{ name: x, key: "file:key" }] } }
`);
    assert.ok(loaded.ok, JSON.stringify(loaded));
    const [own, pemOptions, users, keys] = [...loaded.config.middlewares, ...loaded.config.middleware_services].map(
      ({ config }) => JSON.stringify(config),
    );
    assert.ok(own?.includes(JSON.stringify(SECRET)));
    assert.ok(pemOptions?.includes(JSON.stringify(rsa.pem.trimEnd())));
    assert.ok(users?.includes(JSON.stringify(BCRYPT)));
    assert.ok(keys?.includes('"a key of its own"'));
    assert.deepEqual(loaded.files, [main, ...['secret', 'pem', 'hash', 'key'].map((name) => join(folder, name))]);
  });

  it('whose file cannot be read are one error at their place', () => {
    const loaded = loadText(`${BASE}middlewares: [{ name: auth, config: { jwt_public_key: "file:none" } }]`);
    assert.ok(!loaded.ok);
    const told = loaded.errors.map(({ line, path, message }) => `${line} ${path}: ${message}`);
    assert.deepEqual(told, [`3 middlewares[0].config.jwt_public_key: ${folder}/none: there is no such file`]);
  });

  it('stand in no error', () => {
    const HUNTER = 'hunter-two';
    for (const config of [
      { jwt_secret: HUNTER, issuers: 1 },
      { jwt_public_key: HUNTER },
      {
        users: [
          { username: 'a', password: HUNTER },
          { username: 'a', password: HUNTER },
        ],
      },
      { users: [{ username: 'a', password: `$x$${HUNTER}` }] },
      {
        keys: [
          { name: 'a', key: HUNTER },
          { name: 'b', key: HUNTER },
        ],
      },
      { keys: [{ nam: 'a', key: HUNTER }] },
    ]) {
      const texts = [withAuth(config), withAuth(config).replaceAll('"', "'")];
      for (const loaded of texts.map((text) => load(text, types))) {
        assert.ok(!loaded.ok);
        const shown = formatProblems(loaded.errors, { color: false });
        assert.ok(!shown.includes(HUNTER), shown);
      }
    }
  });
});

describe('per_client: user of a websocket middleware', () => {
  const of = (chain: string, more = '') => `${BASE.replace('target: api', `target: api, middlewares: ${chain}`)}${more}
middleware_services:
  - { name: gate, type: auth, config: { jwt_secret: "${SECRET}" } }
  - { name: ws, type: websocket, config: { max_connections_per_client: 5, per_client: user } }
`;
  const doubt =
    '6:87 middleware_services[1].config.per_client: goes by the user, and on * nothing before it says who that is: name an `auth` before it';

  it('is doubted where no auth stands before it', () => {
    assert.deepEqual(warningsOf(of('[gate, ws]'), types), []);
    assert.deepEqual(warningsOf(of('[ws, gate]'), types), [doubt]);
    assert.deepEqual(warningsOf(of('[ws]'), types), [doubt]);
  });
});
