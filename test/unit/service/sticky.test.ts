import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sticky, type StickyTraits } from '../../../src/service/sticky.js';
import { backend } from './stub-service.js';

const NAME = 'toyou_backend';
const backends = ['a', 'b', 'c', 'd'].map((name) => backend(name));
const [a, b] = backends as [(typeof backends)[0], (typeof backends)[0]];

function sticky(traits: Partial<StickyTraits> = {}): Sticky {
  return new Sticky({ serviceName: 'api', cookie: NAME, ttlMs: 0, secret: 'a secret of some length', ...traits });
}

const ours = sticky();
const idOfA = ours.idOf(a);
const idOfB = ours.idOf(b);

function named(...fields: readonly string[]): string | null {
  return ours.preferred(fields, backends)?.key ?? null;
}

test('what was set names its backend when it comes back, in another process too', () => {
  const elsewhere = sticky();
  for (const one of backends) {
    const [pair = ''] = ours.setCookie(one, false).split(';');
    assert.equal(ours.preferred([pair], backends), one);
    assert.equal(elsewhere.preferred([pair], backends), one);
  }
});

test('ids differ, are base64url, stay the same, and show nothing of the address', () => {
  const ids = backends.map((one) => ours.idOf(one));
  assert.equal(new Set(ids).size, backends.length);
  for (const id of ids) assert.match(id, /^[\w-]{24}$/);
  assert.deepEqual(
    backends.map((one) => sticky().idOf(one)),
    ids,
  );
  const address = backend('api 10.0.0.1 8080 1');
  const id = ours.idOf(address);
  assert.doesNotMatch(Buffer.from(id, 'base64url').toString('latin1'), /10\.0|8080|api/);
});

test('the id of this backend stays from one release to the next', () => {
  assert.equal(
    sticky({ serviceName: 'api', secret: 's' }).idOf(backend('api 10.0.0.1 8080 1')),
    'm05OrtvrjQBKFFO8OTzGgPdR',
  );
});

test('the cookie says whom it is for, how long, and whether by TLS only', () => {
  const start = `${NAME}=${idOfA}; Path=/; HttpOnly; SameSite=Lax`;
  assert.equal(ours.setCookie(a, false), start);
  assert.equal(ours.setCookie(a, true), `${start}; Secure`);
  assert.equal(sticky({ ttlMs: 3_600_000 }).setCookie(a, true), `${start}; Max-Age=3600; Secure`);
  assert.equal(sticky({ ttlMs: 200 }).setCookie(a, false), `${start}; Max-Age=1`);
  assert.equal(
    sticky({ cookie: '__Host-x' }).setCookie(a, true),
    `__Host-x=${idOfA}; Path=/; HttpOnly; SameSite=Lax; Secure`,
  );
});

test('without a cookie, or with others, nobody is named', () => {
  assert.equal(named(), null);
  for (const field of ['', ' ', ';', ';;;', '=', `${NAME}`, `${NAME}=`, `${NAME}=""`, `${NAME};`, 'a=1; b=2', 'a']) {
    assert.equal(named(field), null, field);
  }
  for (const name of [`x${NAME}`, `${NAME}x`, NAME.toUpperCase(), `$${NAME}`, `a=${NAME}`, `"${NAME}"`]) {
    assert.equal(named(`${name}=${idOfA}`), null, name);
  }
});

test('it stands among others, and in one of several fields', () => {
  for (const field of [
    `a=1; ${NAME}=${idOfA}; b=2`,
    `${NAME}=${idOfA}; b=2`,
    `a=1; ${NAME}=${idOfA}`,
    `x${NAME}=${idOfB}; ${NAME}=${idOfA}`,
    `a=${NAME}; ${NAME}=${idOfA}`,
    `broken; =; ==; ${NAME}=${idOfA}`,
    `a="1; ${NAME}=${idOfA}`,
  ]) {
    assert.equal(named(field), 'a', field);
    assert.equal(named('b=2', field, 'c=3'), 'a', field);
  }
});

test('odd spaces and quotes are no matter', () => {
  for (const field of [
    `a=1;${NAME}=${idOfA};b=2`,
    `  ${NAME}=${idOfA}  `,
    `a=1 ;\t ${NAME}\t=  ${idOfA} \t; b=2`,
    `${NAME}="${idOfA}"`,
    `${NAME} = "${idOfA}" ; b=2`,
  ]) {
    assert.equal(named(field), 'a', field);
  }
  for (const value of [`"${idOfA}`, `${idOfA}"`, `""${idOfA}""`, `"`, `'${idOfA}'`, `" ${idOfA}"`]) {
    assert.equal(named(`${NAME}=${value}`), null, value);
  }
});

test('of several, the first valid one counts', () => {
  assert.equal(named(`${NAME}=${idOfB}; ${NAME}=${idOfA}`), 'b');
  assert.equal(named(`${NAME}=${idOfA}`, `${NAME}=${idOfB}`), 'a');
  assert.equal(named(`${NAME}=forged; ${NAME}=${idOfB}; ${NAME}=${idOfA}`), 'b');
  assert.equal(named(`${NAME}=${'x'.repeat(24)}`, `${NAME}=${idOfB}`), 'b');
});

test('what is forged, cut, lengthened, or written in another way names nobody', () => {
  for (let at = 0; at < idOfA.length; at++) {
    const other = idOfA[at] === 'A' ? 'B' : 'A';
    const forged = `${idOfA.slice(0, at)}${other}${idOfA.slice(at + 1)}`;
    assert.equal(named(`${NAME}=${forged}`), null, forged);
    assert.equal(named(`${NAME}=${idOfA.slice(0, at)}`), null);
  }
  for (const value of [
    `${idOfA}A`,
    `${idOfA}=`,
    `${idOfA}${idOfA}`,
    `${idOfA.slice(0, 12)} ${idOfA.slice(12)}`,
    idOfA.toLowerCase(),
    encodeURIComponent(`${idOfA}%`),
    `${idOfA.slice(0, 6)}${idOfB.slice(6)}`,
    'a',
    a.url,
    a.authority,
  ]) {
    assert.equal(named(`${NAME}=${value}`), null, value);
  }
});

test('that of another service, another secret, or a backend that is gone names nobody', () => {
  for (const [name, other] of [
    ['service', sticky({ serviceName: 'web' })],
    ['secret', sticky({ secret: 'a secret of some lengtH' })],
  ] as const) {
    for (const one of backends) assert.equal(named(`${NAME}=${other.idOf(one)}`), null, name);
  }
  assert.equal(named(`${NAME}=${ours.idOf(backend('gone'))}`), null);
  assert.equal(ours.preferred([`${NAME}=${idOfA}`], []), null);
});

test('where the name of a service ends and the key begins is no matter of chance', () => {
  const ids = [
    sticky({ serviceName: 'a' }).idOf(backend('b c')),
    sticky({ serviceName: 'a b' }).idOf(backend('c')),
    sticky({ serviceName: 'a"' }).idOf(backend('b')),
    sticky({ serviceName: 'a' }).idOf(backend('"b')),
    sticky({ serviceName: 'a","b' }).idOf(backend('c')),
    sticky({ serviceName: 'a' }).idOf(backend('b","c')),
  ];
  assert.equal(new Set(ids).size, ids.length);
});

test('who may not be chosen is named still', () => {
  const idle = [backend('a', { active: false }), backend('b')];
  assert.equal(ours.preferred([`${NAME}=${idOfA}`], idle), idle[0]);
});

test('characters beyond ASCII name nobody, not those either that are cut to ours', () => {
  const start = idOfA.slice(0, -1);
  const last = idOfA.charCodeAt(idOfA.length - 1);
  assert.equal(named(`${NAME}=${idOfA}`), 'a');
  for (const end of ['é', '€', '\ud800', '\u{1f600}', '\0', String.fromCharCode(last + 0x100)]) {
    assert.equal(named(`${NAME}=${start}${end}`), null, JSON.stringify(end));
    assert.equal(named(`é=ü; ${NAME}=${start}${end}; ${NAME}=${idOfB}`), 'b', JSON.stringify(end));
  }
  assert.equal(named(`${NAME}=${String.fromCharCode(...[...idOfA].map((char) => char.charCodeAt(0) + 0x100))}`), null);
});

test('names and values that mean something to JavaScript mean nothing here', () => {
  for (const word of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'undefined', 'null']) {
    assert.equal(named(`${word}=${idOfA}; ${NAME}=${word}`), null);
    assert.equal(named(`${word}; ${word}=1; ${NAME}=${idOfB}`), 'b');
    const strange = sticky({ cookie: word });
    assert.equal(strange.preferred([`${NAME}=${idOfB}; ${word}=${idOfA}`], backends), a);
    assert.equal(strange.preferred([`${NAME}=${idOfB}`], backends), null);
  }
});

test('100 kB of cookies are read, whatever they are', () => {
  const size = 100_000;
  const fill = (piece: string) => piece.repeat(Math.ceil(size / piece.length));
  for (const piece of [';', ' ', '=', '"', 'a=1; ', NAME, `${NAME} `, `x${NAME}=${idOfA}; `, ` \t;`]) {
    const field = fill(piece);
    assert.equal(named(field), null, piece);
    assert.equal(named(`${field}; ${NAME}=${idOfB}`), 'b', piece);
  }
});

test('no more than eight cookies of the name are looked at, over all fields', () => {
  const wrong = `${NAME}=${'x'.repeat(24)}`;
  const many = (count: number) => Array.from({ length: count }, () => wrong);
  const right = `${NAME}=${idOfA}`;
  assert.equal(named([...many(7), right].join('; ')), 'a');
  assert.equal(named([...many(8), right].join('; ')), null);
  assert.equal(named(...many(7), right), 'a');
  assert.equal(named(...many(8), right), null);
});

test('a cookie that would be no token, and an empty secret, are refused', () => {
  for (const cookie of ['', 'a b', 'a;', 'a=', 'a\r\nb', 'ä']) {
    assert.throws(() => sticky({ cookie }), /is no name of a cookie/, cookie);
  }
  assert.throws(() => sticky({ secret: '' }), /empty secret/);
});
