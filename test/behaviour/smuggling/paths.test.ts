import assert from 'node:assert/strict';
import { z } from 'zod';
import type { MiddlewareType } from '../../../src/exchange/middleware.js';
import type { RawPeer } from '../../support/raw-peer.js';
import { behaviour, type Stage } from '../../support/stage.js';
import type { StrictBackend } from '../../support/strict-backend.js';
import { get } from '../../support/wire.js';
import { backendNormalizers } from './backend-normalizers.js';

const isAdmin = (path: string): boolean => path === '/admin' || path.startsWith('/admin/');

/** Refuses whatever is matched as /admin or below, as one does who asks for a password there. */
const guard: MiddlewareType = {
  type: 'guard',
  optionsSchema: z.strictObject({}),
  create: (name) => ({
    name,
    onRequest: (exchange) => (isAdmin(exchange.request.facts.target.matchPath) ? exchange.respond(401) : undefined),
  }),
};

const prefixes = [
  ...['', '/', '//', '/.', '/./.', '/././/.', '/x/..', '/x//..', '/x/y/../..', '/x/./..', '/..', '/x/../..'],
  ...['/%2e', '/%2E%2e', '/x/%2e%2e', '/x/.%2e', '/x/%2e.', '/x/..;', '/x/..;a=b', '/x/%2e%2e;', '/.;'],
  ...['/;', '/;a=b', '/x;/..', '/x;a/..', '/%3b', '/x/..%3b', '/x/..%00', '/%00', '/\\', '/..\\', '\\', '/x\\..'],
  ...['/%2f', '/..%2f', '/x%2f..', '/x/..%2f', '/%5c', '/x%5c..', '/x/..%5c', '/x%2f%2e%2e'],
  ...['/%252e%252e', '/x/%252e%252e', '/%252f', '/%c0%ae%c0%ae', '/%c0%af', '/%e0%80%af', '/%ef%bc%8f', '/\xc0\xaf'],
  ...['/\xef\xbc\x8f', '/?', '/x?/..', '/#', '/x#/..', '/%3f', '/%20', '/%09', '/%0a', '/%', '/%u002f', '/%%32%66'],
];
const names = [
  'admin',
  '%61dmin',
  'adm%69n',
  '%61%64%6d%69%6E',
  'ADMIN',
  'Admin',
  '%41dmin',
  '%2561dmin',
  '%c1%a1dmin',
];
const suffixes = [
  ...['', '/', '//', '/.', '/./', '/x', '//x', '/..', '/../', '/../admin', '/x/../../admin', '/x/..', '/../..'],
  ...['%2f', '%2fx', '%2F..', '%2f..%2fadmin', '/..%2fadmin', '/%2e%2e', '%2e', '.', '..', '...', '%5c', '%5cx', '\\'],
  ...[';', ';x', ';x=y', ';/x', ';/..;/admin', '/..;/admin', '/;', '/;x/y', '%3b', '%3bx', ';%2fx', ';%00'],
  ...['%00', '%00.html', '%20', '%09', '%0d%0a', '%c0%af', '%ef%bc%8f', '%c2%a0', '~', '+', '%7e', '*', '|', '"'],
  ...['?', '?x', '??', '?/..', '?/../admin', '?%00\\', '#', '#x', '%3f', '%3Fx', '%23', '%', '%2', '%zz', '%u0000'],
];

/** Each beginning with some endings, each ending with some beginnings, both with other names; and in absolute form. */
function spellings(): string[] {
  const paths = new Set([
    ...prefixes.flatMap((prefix) => ['', '/x', ';x'].map((suffix) => `${prefix}/admin${suffix}`)),
    ...['', '//', '/;'].flatMap((prefix) => suffixes.map((suffix) => `${prefix}/admin${suffix}`)),
    ...names.flatMap((name) => prefixes.slice(0, 8).map((prefix) => `${prefix}/${name}`)),
    ...['%61dmin', 'ADMIN'].flatMap((name) => suffixes.map((suffix) => `/${name}${suffix}`)),
    // Here the beginning and the name make one segment.
    ...prefixes.map((prefix) => `${prefix}admin`),
  ]);
  const absolute = [...prefixes.slice(0, 16), ...suffixes.slice(0, 12)].flatMap((part) => [
    `http://a.example${part}/admin`,
    `http://a.example/admin${part}`,
  ]);
  return [...paths, ...absolute, 'HTTP://A.EXAMPLE:80/%61dmin', 'http://a.example?/admin', 'admin', '*', '*/admin'];
}

/** Spellings that a backend of this kind reads as /admin although they are matched as something else: each has a reason. */
const known = [
  {
    why: '%2F and %5C are data, never separators; encoded_slash: reject refuses them',
    spelled: /%2f|%5c/i,
    as: /decoded/,
  },
  { why: 'a semicolon is data in a path (RFC 3986 section 3.3)', spelled: /;|%3b/i, as: /parameters gone/ },
  { why: 'who decodes twice reads what nobody wrote', spelled: /%25/, as: /decoded twice/ },
  { why: 'an escaped ? or # is data, never the end of a path', spelled: /%3f|%23/i, as: /cut at \?/ },
  { why: 'paths are matched with their case', spelled: /[A-Z]|%41/, as: /in lower case/ },
];

/** The path of a target in origin form; empty for any other. */
const pathOf = (target: string): string => /^\/[^?]*/.exec(target)?.[0] ?? '';

interface Passed {
  readonly spelling: string;
  readonly target: string;
}

/** Asks for every spelling; those that were not refused, and the target that the backend behind `/*` got for each. */
async function askAll(stage: Stage, open: StrictBackend, all: readonly string[]): Promise<Passed[]> {
  const passed: Passed[] = [];
  let client: RawPeer | null = null;
  for (const spelling of all) {
    client ??= await stage.client();
    const before = open.requests.length;
    client.send(get(spelling));
    const response = await client.takeResponse();
    if (response.status === 200) {
      const [request] = open.requests.slice(before);
      assert.ok(request !== undefined, `${spelling} reached the other backend`);
      passed.push({ spelling, target: request.target });
    } else {
      assert.ok([400, 401].includes(response.status), `${spelling}: ${response.status}`);
      assert.equal(open.requests.length, before, spelling);
    }
    if (response.get('connection') === 'close') {
      client.destroy();
      client = null;
    }
  }
  return passed;
}

async function guarded(stage: Stage, rule: object): Promise<{ admin: StrictBackend; open: StrictBackend }> {
  const [admin, open] = [await stage.strictBackend(), await stage.strictBackend()];
  const routes = [
    { pattern: '/admin/*', target: 'admin' },
    { pattern: '/*', target: 'open', ...rule },
  ];
  const setup = {
    services: { admin: { url: admin.url }, open: { url: open.url } },
    host_rules: [{ pattern: '*', target: 'open', route_rules: routes }],
    middlewares: [{ name: 'guard' }],
  };
  await stage.start(setup, { middlewareTypes: new Map([[guard.type, guard]]) });
  return { admin, open };
}

behaviour('no spelling of /admin gets past what guards it, but those with a reason', async (stage) => {
  const { admin, open } = await guarded(stage, {});
  const passed = await askAll(stage, open, spellings());
  const unexplained: string[] = [];
  const used = new Set<string>();
  for (const { spelling, target } of passed) {
    for (const { name, normalize } of backendNormalizers) {
      if (!isAdmin(normalize(pathOf(target)))) continue;
      const reason = known.find(({ spelled, as }) => spelled.test(spelling) && as.test(name));
      if (reason === undefined) unexplained.push(`${spelling} came as ${target}, which is /admin ${name}`);
      else used.add(reason.why);
    }
  }
  assert.deepEqual(unexplained, []);
  assert.deepEqual([...used].sort(), known.map(({ why }) => why).sort(), 'each reason is needed');
  assert.deepEqual([...admin.seen, ...admin.faults, ...open.faults], []);
  assert.ok(passed.length > 250, `${passed.length} passed`);
});

behaviour('with encoded_slash: reject no spelling with an encoded separator gets past it', async (stage) => {
  const { admin, open } = await guarded(stage, { encoded_slash: 'reject' });
  const encoded = spellings().filter((spelling) => /%2f|%5c/i.test(spelling.split('?', 1)[0] ?? ''));
  assert.ok(encoded.length > 40);
  assert.deepEqual(await askAll(stage, open, encoded), []);
  assert.deepEqual([...admin.seen, ...admin.faults, ...open.faults], []);
});
