import assert from 'node:assert/strict';
import { KeysServer, keySet } from '../support/keys-server.js';
import { behaviour } from '../support/stage.js';
import { ecPair, goodToken, type KeyPair } from '../support/tokens.js';
import { handshake, switching } from '../support/tunnel-ends.js';
import { get } from '../support/wire.js';

const ROTATIONS = 6;
const AT_ONCE = 24;
const pairs = Array.from({ length: ROTATIONS + 1 }, () => ecPair());

const lines = (kid: number, claims: object, key: KeyPair): string =>
  `Authorization: Bearer ${goodToken({ exp: undefined, ...claims }, key.privateKey, { kid: `key ${kid}` })}\r\n`;

behaviour('keys that rotate under load lose no request, and let in nobody who is not theirs', async (stage) => {
  const backend = await stage.backend(({ get: field }) =>
    field('upgrade') === undefined ? 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok' : switching(),
  );
  const keys = await KeysServer.listen(keySet({ 'key 0': pairs[0] as KeyPair }));
  stage.closesBehind(keys);
  await stage.start({ backends: [backend], middlewares: [{ name: 'auth', config: { jwks_url: keys.url } }] });

  /** Requests and handshakes by turns, all at once: their statuses, in order. */
  const load = async (lineOf: (index: number) => string): Promise<number[]> => {
    const asked = Array.from({ length: AT_ONCE }, async (_, index) => {
      const client = await stage.client();
      client.send(index % 2 === 0 ? get('/', lineOf(index)) : handshake(lineOf(index)));
      const head = await client.takeHead();
      client.destroy();
      return Number(head.slice(9, 12));
    });
    return Promise.all(asked);
  };
  const fine = Array.from({ length: AT_ONCE }, (_, index) => (index % 2 === 0 ? 200 : 101));
  const refused = fine.map(() => 401);
  const of = (kid: number, round: string) => (index: number) => lines(kid, { round, index }, pairs[kid] as KeyPair);

  assert.deepEqual(await load(of(0, 'first')), fine);
  for (let next = 1; next <= ROTATIONS; next++) {
    const before = next - 1;
    keys.says = keySet({ [`key ${before}`]: pairs[before] as KeyPair, [`key ${next}`]: pairs[next] as KeyPair });
    stage.clock.advance(30_000);
    const both = (index: number) => of(index % 3 === 0 ? before : next, 'both')(index);
    assert.deepEqual(await load(both), fine, `rotation ${next}`);
    const forged = (index: number) => lines(next, { index }, pairs[before] as KeyPair);
    assert.deepEqual(await load(forged), refused);
    const unknown = (index: number) => lines(100 + index, {}, pairs[next] as KeyPair);
    assert.deepEqual(await load(unknown), refused);
  }
  assert.equal(keys.asked, ROTATIONS + 1);
  assert.equal(backend.requests.length, AT_ONCE * (ROTATIONS + 1));
  for (const { peer } of backend.requests) peer.destroy();
  await stage.open('exchanges', 0);
});
