import assert from 'node:assert/strict';
import { behaviour, type Setup, type Stage } from '../support/stage.js';
import { clientScheme, get, plain } from '../support/wire.js';

const SPOOFED = [
  'X-Forwarded-For: 1.2.3.4',
  'X-Forwarded-Proto: https',
  'X-Forwarded-Host: evil.example',
  'X-Forwarded-Port: 443',
  'X-Forwarded-Anything: 1',
  'X-Forwarded-For: 5.6.7.8',
  'X-Forwarded: for=1.2.3.4',
  'X-Forwarded-Prefix: /admin',
  'X-Forwarded-Ssl: on',
  'X-Forwarded-User: admin',
  'X-FORWARDED-PROTO: https',
  'x-fOrWaRdEd-hOsT: evil.example',
  'x_forwarded_for: 1.2.3.4',
  'X-Forwarded_For: 1.2.3.4',
  'X_FORWARDED-PROTO: https',
  'X-Forwarded_Host: evil.example',
  'Forwarded: for=1.2.3.4',
  'FORWARDED: for=5.6.7.8;host=evil.example',
  'X-Real-IP: 1.2.3.4',
  'X_Real_IP: 1.2.3.4',
  'X-REAL_IP: 1.2.3.4',
  'X_Real-IP: 1.2.3.4',
  'X-Request-Id: chosen',
  'x_request_id: chosen',
  'X-Request_Id: chosen',
  'X_Request-Id: chosen',
];

const NAMES = /^(?:x[-_]forwarded.*|forwarded|x[-_]real[-_]ip|x[-_]request[-_]id)$/i;

/** The forwarding fields that the backend gets. */
async function fields(stage: Stage, lines: readonly string[], setup: Setup): Promise<string[]> {
  const backend = await stage.backend();
  await stage.start({ backends: [backend], ...setup });
  await stage.ask(get('/', lines.map((line) => `${line}\r\n`).join('')));
  const request = await backend.request();
  return request.lines.filter((line) => NAMES.test(line.split(':')[0] ?? '')).map(plain);
}

const trusting = (...networks: string[]): Record<string, unknown> => ({ security: { trusted_proxies: networks } });

behaviour('from a client that is not trusted every forwarding field is dropped, in any spelling', async (stage) => {
  assert.deepEqual(await fields(stage, SPOOFED, {}), [
    'X-Forwarded-For: 127.0.0.1',
    `X-Forwarded-Proto: ${clientScheme}`,
    'X-Forwarded-Host: a.example',
    'X-Request-Id: ID',
  ]);
});

behaviour(
  'from a trusted proxy X-Forwarded-For is appended to, the others and the request id are kept',
  async (stage) => {
    const lines = [
      'X-Forwarded-For: 9.9.9.9, 1.2.3.4',
      'X-Forwarded-For: 10.0.0.1',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Host: www.example',
      'X-Forwarded-Port: 443',
      'X-Real-IP: 1.2.3.4',
      'X-Request-Id: front-1',
    ];
    assert.deepEqual(await fields(stage, lines, { advanced: trusting('127.0.0.0/8', '10.0.0.0/8') }), [
      'X-Forwarded-Proto: https',
      'X-Forwarded-Host: www.example',
      'X-Forwarded-Port: 443',
      'X-Real-IP: 1.2.3.4',
      'X-Forwarded-For: 9.9.9.9, 1.2.3.4, 10.0.0.1, 127.0.0.1',
      'X-Request-Id: front-1',
    ]);
    assert.equal(stage.ended[0]?.exchange.client.address, '1.2.3.4', 'the rightmost that is not trusted');
    assert.equal(stage.ended[0]?.exchange.id, 'front-1');
  },
);

behaviour('spellings with underscores are dropped even where they come through a trusted proxy', async (stage) => {
  const lines = [
    'X-Forwarded-For: 1.2.3.4',
    'X_Forwarded_For: 9.9.9.9',
    'X-Forwarded_Proto: https',
    'x_forwarded-host: evil.example',
    'X_Real_IP: 9.9.9.9',
    'X_Request_Id: chosen',
  ];
  assert.deepEqual(await fields(stage, lines, { advanced: trusting('127.0.0.1') }), [
    'X-Forwarded-For: 1.2.3.4, 127.0.0.1',
    `X-Forwarded-Proto: ${clientScheme}`,
    'X-Forwarded-Host: a.example',
    'X-Request-Id: ID',
  ]);
  assert.equal(stage.ended[0]?.exchange.client.address, '1.2.3.4');
});

behaviour('a trusted proxy that says nothing has everything said for it', async (stage) => {
  assert.deepEqual(await fields(stage, [], { advanced: trusting('127.0.0.1') }), [
    'X-Forwarded-For: 127.0.0.1',
    `X-Forwarded-Proto: ${clientScheme}`,
    'X-Forwarded-Host: a.example',
    'X-Request-Id: ID',
  ]);
});

behaviour('a request id that could break a log line is not kept', async (stage) => {
  const got = await fields(stage, ['X-Request-Id: a b"c'], { advanced: trusting('127.0.0.1') });
  assert.equal(got.at(-1), 'X-Request-Id: ID');
});

behaviour('forwarded: true adds the field of RFC 7239', async (stage) => {
  const got = await fields(stage, SPOOFED, { advanced: { forwarded: true } });
  assert.ok(got.includes(`Forwarded: for=127.0.0.1;host=a.example;proto=${clientScheme}`));
  assert.equal(got.filter((line) => line.startsWith('Forwarded')).length, 1);
});

behaviour("forwarded: true appends to a trusted proxy's", async (stage) => {
  const advanced = { forwarded: true, ...trusting('127.0.0.1') };
  const got = await fields(stage, ['Forwarded: for=1.2.3.4', 'Forwarded: for=10.0.0.1'], { advanced });
  assert.deepEqual(
    got.filter((line) => line.startsWith('Forwarded')),
    [`Forwarded: for=1.2.3.4, for=10.0.0.1, for=127.0.0.1;host=a.example;proto=${clientScheme}`],
  );
});

behaviour("x_real_ip: true sends the client's address", async (stage) => {
  const got = await fields(stage, SPOOFED, { advanced: { x_real_ip: true } });
  assert.ok(got.includes('X-Real-IP: 127.0.0.1'));
});

behaviour('x_real_ip: true sends the real client behind a trusted proxy', async (stage) => {
  const advanced = { x_real_ip: true, ...trusting('127.0.0.1') };
  const got = await fields(stage, ['X-Forwarded-For: 1.2.3.4'], { advanced });
  assert.ok(got.includes('X-Real-IP: 1.2.3.4'));
});

behaviour('fields that the headers middleware sets cannot be set by a client, in any spelling', async (stage) => {
  const backend = await stage.backend();
  const config = { request: { set: { 'X-User-Role': 'guest' }, add: { 'X-Tag': 'ours' } } };
  await stage.start({ backends: [backend], middlewares: [{ name: 'headers', config }] });
  await stage.ask(get('/', 'x_user_role: admin\r\nX-User-Role: admin\r\nX_User-Role: admin\r\nx-tag: theirs\r\n'));
  const { lines } = await backend.request();
  assert.deepEqual(
    lines.filter((line) => /role|tag/i.test(line)),
    ['X-User-Role: guest', 'X-Tag: ours'],
  );
});

behaviour('nor in a spelling with underscores that a trusted proxy has let through', async (stage) => {
  const backend = await stage.backend();
  const config = { request: { set: { 'X-User-Role': 'guest' }, add: { 'X-Tag': 'ours' } } };
  await stage.start({
    backends: [backend],
    middlewares: [{ name: 'headers', config }],
    advanced: trusting('127.0.0.1'),
  });
  await stage.ask(get('/', 'x_user_role: admin\r\nX_User-Role: admin\r\nx_tag: theirs\r\nX-Tag: of the proxy\r\n'));
  const { lines } = await backend.request();
  assert.deepEqual(
    lines.filter((line) => /role|tag/i.test(line)),
    ['X-Tag: of the proxy', 'X-User-Role: guest', 'X-Tag: ours'],
  );
});
