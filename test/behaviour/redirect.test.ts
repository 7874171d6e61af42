import assert from 'node:assert/strict';
import { behaviour, type Setup } from '../support/stage.js';
import { handshake } from '../support/tunnel-ends.js';
import { get } from '../support/wire.js';

const redirect = (config: object): Setup => ({ middlewares: [{ name: 'redirect', config }] });

behaviour('requests, event streams and handshakes are sent elsewhere, each with its path', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend], ...redirect({ to: 'https://b.example/base' }) });
  const cases: [request: string, location: string][] = [
    [get('/a?b=c'), 'https://b.example/base/a?b=c'],
    [get('/events', 'Accept: text/event-stream\r\n'), 'https://b.example/base/events'],
    [handshake(), 'https://b.example/base/ws'],
    ['HEAD / HTTP/1.1\r\nHost: a.example\r\n\r\n', 'https://b.example/base/'],
    ['POST /p HTTP/1.1\r\nHost: a.example\r\nContent-Length: 2\r\n\r\nhi', 'https://b.example/base/p'],
    ['OPTIONS * HTTP/1.1\r\nHost: a.example\r\n\r\n', 'https://b.example/base/'],
  ];
  for (const [request, location] of cases) {
    const response = await stage.ask(request);
    assert.deepEqual([response.status, response.get('location')], [308, location]);
  }
  assert.equal(backend.raw.connections.length, 0);
});

behaviour('to one place, whatever was asked for, with another status', async (stage) => {
  await stage.start(redirect({ to: '/moved?from=here', status: 302, preserve_path: false }));
  const response = await stage.ask(get('/a?b=c'));
  assert.equal(response.text, 'HTTP/1.1 302 Found\r\nLocation: /moved?from=here\r\nContent-Length: 0\r\n\r\n');
});

behaviour('no path leads to another host', async (stage) => {
  await stage.start(redirect({ to: '/' }));
  const base = new URL('https://a.example/');
  for (const target of [
    '//evil.example',
    '///evil.example',
    '/./%2Fevil.example',
    '/a/..//evil.example',
    '/%09/evil.example',
    '/?//evil',
    '/.//evil.example',
  ]) {
    const location = (await stage.ask(get(target))).get('location');
    if (location !== undefined) assert.equal(new URL(location, base).host, 'a.example', `${target} to ${location}`);
    assert.ok(location === undefined || !/^[/\\]{2}/.test(location), location);
  }
  for (const target of ['/\\evil.example', '\\\\evil.example', '/\r\nSet-Cookie: a=b']) {
    assert.equal((await stage.ask(get(target))).status, 400, target);
  }
});
