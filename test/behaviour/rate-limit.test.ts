import assert from 'node:assert/strict';
import type { RawResponse } from '../support/raw-response.js';
import { behaviour, type Setup, type Stage } from '../support/stage.js';
import { handshake, openTunnel } from '../support/tunnel-ends.js';
import { get } from '../support/wire.js';

const limited = (config: object, more: Setup = {}): Setup => ({
  middlewares: [{ name: 'rate_limit', config }],
  ...more,
});
const behindProxy = { security: { trusted_proxies: ['127.0.0.1'] } };
const of = (address: string): string => get('/', `X-Forwarded-For: ${address}\r\n`);

/** The statuses of these requests, one after the other. */
async function statuses(stage: Stage, requests: readonly string[]): Promise<number[]> {
  const all: number[] = [];
  for (const request of requests) all.push((await stage.ask(request)).status);
  return all;
}

function told(response: RawResponse): (string | undefined)[] {
  return ['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset', 'retry-after'].map((name) => response.get(name));
}

behaviour('what comes too often gets 429, and is told when to come back', async (stage) => {
  const backend = await stage.backend();
  await stage.start(limited({ requests_per_minute: 30, burst: 2 }, { backends: [backend] }));
  assert.deepEqual(told(await stage.ask(get())), ['2', '1', '2', undefined]);
  assert.deepEqual(told(await stage.ask(get())), ['2', '0', '4', undefined]);
  const refused = await stage.ask(get());
  assert.equal(refused.status, 429);
  assert.match(refused.body, /code: rate-limited\n/);
  assert.deepEqual(told(refused), ['2', '0', '4', '2']);
  assert.equal(backend.requests.length, 2);
  assert.equal(stage.log.codes[0], 'rate-limited');
  await stage.pass(2000);
  assert.deepEqual(await statuses(stage, [get(), get()]), [200, 429]);
});

behaviour('on one connection, too, and the connection stays', async (stage) => {
  await stage.start(limited({ burst: 1 }, { backends: [await stage.backend()] }));
  const client = await stage.client();
  client.send(get() + get() + get());
  const answers = [await client.takeResponse(), await client.takeResponse(), await client.takeResponse()];
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 429, 429],
  );
});

behaviour('an event stream and a handshake count as a request each, and are told the same', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start(limited({ burst: 2 }, { backends: [backend] }));
  const reader = await stage.client();
  reader.send(get('/', 'Accept: text/event-stream\r\n'));
  const peer = await backend.connection();
  await peer.takeHead();
  peer.send('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n');
  assert.match(await reader.takeHead(), /\r\nRateLimit-Remaining: 1\r\n/);
  const ends = await openTunnel(stage, backend);
  const refused = await stage.ask(handshake());
  assert.equal(refused.status, 429);
  assert.deepEqual(told(refused), ['2', '0', '2', '1']);
  assert.deepEqual(stage.log.all('tunnel refused')[0]?.cause, 'rate-limited');
  assert.equal((await stage.ask(get('/', 'Accept: text/event-stream\r\n'))).status, 429);
  assert.equal(backend.connections.length, 2);
  for (const end of [reader, peer, ends.client, ends.backend]) end.destroy();
  await stage.open('exchanges', 0);
});

behaviour("the real client's address counts behind trusted proxies, of IPv6 its /64", async (stage) => {
  await stage.start(limited({ burst: 1 }, { backends: [await stage.backend()], advanced: behindProxy }));
  const addresses = ['192.0.2.1', '192.0.2.2', '192.0.2.1', '2001:db8::1', '2001:db8::2', '2001:db8:0:1::1'];
  assert.deepEqual(await statuses(stage, addresses.map(of)), [200, 200, 429, 200, 429, 200]);
});

behaviour('key_extractor: a field, as it goes to the backend', async (stage) => {
  const setup = limited({ burst: 1, key_extractor: 'header:X-Api-Key' }, { backends: [await stage.backend()] });
  await stage.start(setup);
  const requests = ['a', 'b', 'a'].map((key) => get('/', `X-Api-Key: ${key}\r\n`));
  assert.deepEqual(await statuses(stage, [...requests, get(), get()]), [200, 200, 429, 200, 429]);
});

behaviour('key_extractor: one limit for all; user: without one the address', async (stage) => {
  const middleware_services = ['global', 'user'].map((key_extractor) => {
    return { name: key_extractor, type: 'rate_limit', config: { burst: 1, key_extractor } };
  });
  const routes = ['global', 'user'].map((one) => ({ pattern: `/${one}`, target: 'api', middlewares: [one] }));
  const host_rules = [{ pattern: '*', route_rules: routes }];
  const backends = [await stage.backend()];
  await stage.start({ backends, host_rules, middleware_services, advanced: behindProxy });
  const ask = (path: string) => ['192.0.2.1', '192.0.2.2', '192.0.2.1'].map((one) => of(one).replace('/', path));
  assert.deepEqual(await statuses(stage, ask('/global')), [200, 429, 429]);
  assert.deepEqual(await statuses(stage, ask('/user')), [200, 200, 429]);
});

behaviour('max_keys: who was forgotten begins anew', async (stage) => {
  const setup = limited({ burst: 1, max_keys: 2 }, { backends: [await stage.backend()], advanced: behindProxy });
  await stage.start(setup);
  const addresses = ['192.0.2.1', '192.0.2.2', '192.0.2.1', '192.0.2.3', '192.0.2.2', '192.0.2.2'];
  assert.deepEqual(await statuses(stage, addresses.map(of)), [200, 200, 429, 200, 200, 429]);
});

behaviour('a reload goes on with what was counted, at its own rate', async (stage) => {
  const backends = [await stage.backend()];
  await stage.start(limited({ requests_per_minute: 60, burst: 2 }, { backends }));
  assert.deepEqual(await statuses(stage, [get(), get(), get()]), [200, 200, 429]);
  await stage.reload(limited({ requests_per_minute: 600, burst: 2 }, { backends }));
  assert.equal((await stage.ask(get())).status, 429);
  await stage.pass(250);
  assert.deepEqual(await statuses(stage, [get(), get(), get()]), [200, 200, 429]);
  await stage.reload({ backends });
  assert.equal((await stage.ask(get())).status, 200);
});

behaviour('several limits hold together: the nearest is told', async (stage) => {
  const middleware_services = [
    { name: 'all', type: 'rate_limit', is_global: true, config: { burst: 5, key_extractor: 'global' } },
    { name: 'each', type: 'rate_limit', is_global: true, config: { burst: 2 } },
  ];
  await stage.start({ backends: [await stage.backend()], middleware_services });
  assert.deepEqual(told(await stage.ask(get())).slice(0, 2), ['2', '1']);
  assert.deepEqual(await statuses(stage, [get(), get(), get(), get(), get()]), [200, 429, 429, 429, 429]);
  const outOfAll = await stage.ask(get());
  assert.deepEqual(told(outOfAll), ['5', '0', '5', '1']);
});
