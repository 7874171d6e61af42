import assert from 'node:assert/strict';
import { behaviour, type Stage } from '../support/stage.js';
import { goodToken, SECRET, START } from '../support/tokens.js';
import { answerAndLeave, type Ends, handshake, openTunnel, takeClose, text } from '../support/tunnel-ends.js';
import { settled } from '../support/turns.js';

const bearer = (claims: object): string => `Authorization: Bearer ${goodToken({ ...claims })}\r\n`;
const QUIET = { name: 'websocket', config: { ping_interval: 0, read_timeout: 0 } };

async function open(stage: Stage, config: object, claims: object): Promise<Ends> {
  const backend = await stage.rawBackend();
  const middlewares = [{ name: 'auth', config: { jwt_secret: SECRET, ...config } }, QUIET];
  await stage.start({ backends: [backend], middlewares });
  return openTunnel(stage, backend, bearer(claims));
}

async function ends({ client, backend }: Ends, told: string): Promise<void> {
  assert.equal(await takeClose(client, 'client'), told);
  await answerAndLeave(client, 'client');
  assert.equal(await takeClose(backend, 'backend'), '1001 token expired');
  await answerAndLeave(backend, 'backend');
}

behaviour('a tunnel ends when its token has expired, clock_tolerance later', async (stage) => {
  const opened = await open(stage, {}, { exp: START + 60 });
  await stage.pass(64_750);
  assert.equal(opened.client.untaken, '');
  await stage.pass(500);
  await ends(opened, '4401 token expired');
  await stage.open('exchanges', 0);
  const [line] = stage.log.all('tunnel closed');
  assert.deepEqual([line?.cause, line?.user, line?.level], ['token-expired', 'ann', undefined]);
});

behaviour('expiry_code says what its client is told', async (stage) => {
  const opened = await open(stage, { expiry_code: 3000, clock_tolerance: 0 }, { exp: START + 1 });
  await stage.pass(1250);
  await ends(opened, '3000 token expired');
});

for (const [why, config, claims] of [
  ['with close_on_expiry: false', { close_on_expiry: false }, { exp: START + 1 }],
  ['without an exp', {}, { exp: undefined }],
] as const) {
  behaviour(`a tunnel outlives its token ${why}`, async (stage) => {
    const { client, backend } = await open(stage, config, claims);
    await stage.pass(20_000);
    client.send(text('client', 'still here'));
    await backend.take(text('client', 'still here').length);
    client.destroy();
    backend.destroy();
    await stage.open('exchanges', 0);
  });
}

behaviour('one that was verified before ends its second tunnel at the same time', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend], middlewares: [{ name: 'auth', config: { jwt_secret: SECRET } }, QUIET] });
  const lines = bearer({ exp: START + 60 });
  const first = await openTunnel(stage, backend, lines);
  await stage.pass(30_000);
  const second = await openTunnel(stage, backend, lines);
  await stage.pass(35_250);
  await ends(first, '4401 token expired');
  await ends(second, '4401 token expired');
});

behaviour('per_client: user counts the tunnels of a user, wherever they come from', async (stage) => {
  const backend = await stage.rawBackend();
  const websocket = { name: 'websocket', config: { max_connections_per_client: 1, per_client: 'user' } };
  await stage.start({
    backends: [backend],
    middlewares: [{ name: 'auth', config: { jwt_secret: SECRET } }, websocket],
  });
  const ann = await openTunnel(stage, backend, bearer({}));
  const bob = await openTunnel(stage, backend, bearer({ sub: 'bob' }));
  const refused = await stage.ask(handshake(bearer({ jti: 'another token' })));
  assert.match(refused.body, /code: client-limit\n/);
  ann.client.destroy();
  ann.backend.destroy();
  await stage.open('tunnels', 1);
  await settled();
  const again = await openTunnel(stage, backend, bearer({}));
  for (const { client, backend: peer } of [bob, again]) {
    client.destroy();
    peer.destroy();
  }
  await stage.open('exchanges', 0);
});
