import assert from 'node:assert/strict';
import { unusedPort } from '../support/raw-backend.js';
import type { RawResponse } from '../support/raw-response.js';
import type { RecordingBackend } from '../support/recording-backend.js';
import { behaviour, type Stage } from '../support/stage.js';
import { tlsVariant } from '../support/tls-variant.js';
import { handshake, switching } from '../support/tunnel-ends.js';
import { get } from '../support/wire.js';

const SECURE = tlsVariant.in ? '; Secure' : '';
const VALUE = '[A-Za-z0-9_-]{24}';

interface Url {
  readonly url: string;
}

/** `passive`: one failure takes out, so that who is lost is lost at once. */
function sticky(urls: readonly Url[], keys: object = {}) {
  const backends = urls.map(({ url }) => ({ url }));
  const passive_health_check = { failures: 1, retry_after: 10 };
  return { services: { api: { load_balancer: { backends, sticky: keys, passive_health_check } } } };
}

async function named(stage: Stage, name: string, lines = ''): Promise<RecordingBackend> {
  return stage.backend(() => `HTTP/1.1 200 OK\r\n${lines}Content-Length: ${name.length}\r\n\r\n${name}`);
}

function setCookies({ lines }: { readonly lines: readonly string[] }): string[] {
  return lines.filter((line) => line.startsWith('Set-Cookie: ')).map((line) => line.slice('Set-Cookie: '.length));
}

/** `name=value` of the one cookie that was set. */
function cookieOf(response: { readonly lines: readonly string[] }): string {
  const [cookie = '', ...more] = setCookies(response);
  assert.deepEqual(more, []);
  return cookie.split(';')[0] ?? '';
}

function asking(stage: Stage, cookie: string): Promise<RawResponse> {
  return stage.ask(get('/', `Cookie: ${cookie}\r\n`));
}

behaviour('the first response sets a cookie, and the client comes back to its backend', async (stage) => {
  await stage.start(sticky([await named(stage, 'a'), await named(stage, 'b'), await named(stage, 'c')]));
  const first = await stage.ask(get());
  assert.match(
    setCookies(first)[0] ?? '',
    new RegExp(`^toyou_backend=${VALUE}; Path=/; HttpOnly; SameSite=Lax${SECURE}$`),
  );
  const others = [await stage.ask(get()), await stage.ask(get())];
  assert.deepEqual(
    [first, ...others].map(({ body }) => body),
    ['a', 'b', 'c'],
  );
  for (const before of [...others, first]) {
    for (let round = 0; round < 3; round++) {
      const again = await asking(stage, `x=1; ${cookieOf(before)}; y=2`);
      assert.equal(again.body, before.body);
      assert.deepEqual(setCookies(again), [], 'it has it already');
    }
  }
});

behaviour('name, time and the cookies of the backend itself', async (stage) => {
  const backend = await named(stage, 'a', 'Set-Cookie: own=1\r\nSet-Cookie: other=2; Path=/x\r\n');
  await stage.start(sticky([backend, await named(stage, 'b')], { cookie: 'place', ttl: '1h', secret: 'known' }));
  const [own, other, ours = '', ...more] = setCookies(await stage.ask(get()));
  assert.deepEqual([own, other, more], ['own=1', 'other=2; Path=/x', []]);
  assert.match(ours, new RegExp(`^place=${VALUE}; Path=/; HttpOnly; SameSite=Lax; Max-Age=3600${SECURE}$`));
  assert.ok(!ours.includes('127.0.0.1') && !ours.includes('known'));
});

behaviour('a cookie that nobody made is none: the strategy picks, and a new one is set', async (stage) => {
  await stage.start(sticky([await named(stage, 'a'), await named(stage, 'b')]));
  const made = cookieOf(await stage.ask(get()));
  const forged = made.slice(0, -1) + (made.endsWith('A') ? 'B' : 'A');
  for (const cookie of [forged, 'toyou_backend=', 'toyou_backend=127.0.0.1', 'Toyou_backend=x']) {
    assert.equal(setCookies(await asking(stage, cookie)).length, 1, cookie);
  }
});

behaviour('a 101 sets the cookie too, and a handshake comes back by it', async (stage) => {
  const backends = [await stage.rawBackend(), await stage.rawBackend()];
  await stage.start(sticky(backends));
  const open = async (lines: string, index: number, nth: number): Promise<string[]> => {
    const client = await stage.client();
    client.send(handshake(lines));
    const peer = await backends[index]?.connection(nth);
    await peer?.takeHead();
    peer?.send(switching());
    const head = await client.takeHead();
    assert.match(head, /^HTTP\/1\.1 101 /);
    client.destroy();
    peer?.destroy();
    return setCookies({ lines: head.split('\r\n') });
  };
  const [cookie = ''] = await open('', 0, 0);
  assert.match(cookie, new RegExp(`^toyou_backend=${VALUE}; `));
  const [other = ''] = await open('', 1, 0);
  assert.notEqual(cookie, other);
  const back = `Cookie: ${cookie.split(';')[0]}\r\n`;
  assert.deepEqual(await open(back, 0, 1), []);
  assert.deepEqual(await open(back, 0, 2), []);
});

behaviour('a backend that is lost: the request is served elsewhere, and a new cookie is set', async (stage) => {
  let lost = false;
  const first = await stage.backend(({ peer }) => {
    if (lost) peer.reset();
    return lost ? null : 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na';
  });
  await stage.start(sticky([first, await named(stage, 'b')]));
  const before = cookieOf(await stage.ask(get()));
  lost = true;
  const retried = await asking(stage, before);
  assert.equal(retried.body, 'b');
  const after = cookieOf(retried);
  assert.notEqual(after, before);
  // It is out by now: nobody asks it any more.
  const away = await asking(stage, before);
  assert.deepEqual([away.body, cookieOf(away)], ['b', after]);
  lost = false;
  await stage.pass(10_000);
  assert.equal((await asking(stage, after)).body, 'b');
  const back = await asking(stage, before);
  assert.deepEqual([back.body, setCookies(back)], ['a', []], 'the trial of the backend that is back');
});

behaviour('a backend that a reload removed or deactivated is lost; one that stays is kept', async (stage) => {
  const [a, b] = [await named(stage, 'a'), await named(stage, 'b')];
  await stage.start(sticky([a, b]));
  const [first, second] = [cookieOf(await stage.ask(get())), cookieOf(await stage.ask(get()))];
  await stage.reload(sticky([b, { url: `http://127.0.0.1:${await unusedPort()}` }]));
  assert.equal((await asking(stage, second)).body, 'b');
  const moved = await asking(stage, first);
  assert.equal(moved.body, 'b');
  assert.equal(cookieOf(moved), second);
});

behaviour('with a secret of the configuration another process knows the cookie', async (stage) => {
  const backends = [await named(stage, 'a'), await named(stage, 'b')];
  const other = new (stage.constructor as new () => Stage)();
  await stage.start(sticky(backends, { secret: 'shared' }));
  await other.start(sticky(backends, { secret: 'shared' }));
  const cookies = [await stage.ask(get()), await stage.ask(get())].map(cookieOf);
  for (const [index, cookie] of cookies.entries()) {
    for (let round = 0; round < 2; round++) assert.equal((await asking(other, cookie)).body, index === 0 ? 'a' : 'b');
  }
  await other.reload(sticky(backends, { secret: 'another' }));
  assert.equal(setCookies(await asking(other, cookies[0] ?? '')).length, 1);
  await other.close();
});
