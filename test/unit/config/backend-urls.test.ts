import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { configOf, errorsOf, warningsOf } from './stand-ins.js';

const withUrl = (url: string) =>
  `services: { api: { url: ${JSON.stringify(url)} } }\nhost_rules: [{ pattern: "*", target: api }]`;
const backendAt = (url: string) => configOf(withUrl(url)).services.api?.load_balancer.backends[0];

describe('a Unix socket as backend', () => {
  const sockets: [string, string, string][] = [
    ['unix:/run/app.sock', '/run/app.sock', ''],
    ['unix:///run/app.sock', '/run/app.sock', ''],
    ['UNIX:/run/app.sock', '/run/app.sock', ''],
    ['unix:/run/app.sock:/', '/run/app.sock', ''],
    ['unix:/run/app.sock:/base', '/run/app.sock', '/base'],
    ['unix:///run/app.sock:/base/two/', '/run/app.sock', '/base/two'],
    ['unix:/run/caf\u00e9%2e.sock', '/run/caf\u00e9%2e.sock', ''],
    ['unix:/run/app.sock:/a:b', '/run/app.sock', '/a:b'],
    [`unix:/${'a'.repeat(106)}`, `/${'a'.repeat(106)}`, ''],
  ];
  for (const [url, socketPath, basePath] of sockets) {
    it(`is ${url.slice(0, 60)}`, () => {
      const { weight: _, active: __, max_tunnels: ___, ...address } = backendAt(url) ?? assert.fail();
      assert.deepEqual(address, { url, host: '', port: 0, tls: false, authority: 'localhost', socketPath, basePath });
    });
  }
});

describe('the path of a url', () => {
  const paths: [string, string][] = [
    ['http://a', ''],
    ['http://a/', ''],
    ['http://a/base', '/base'],
    ['ws://a:1/base/', '/base'],
    ['https://[::1]:9000/a/b.c/~d', '/a/b.c/~d'],
    ['http://a/caf%C3%A9/@x;v=1', '/caf%C3%A9/@x;v=1'],
    ['http://a/.well-known/..a', '/.well-known/..a'],
  ];
  for (const [url, basePath] of paths) {
    it(`of ${url} is ${basePath === '' ? 'nothing' : basePath}`, () => {
      const backend = backendAt(url);
      assert.deepEqual([backend?.basePath, backend?.socketPath, backend?.url], [basePath, null, url]);
    });
  }

  it('stays out of the authority', () => assert.equal(backendAt('http://a:81/base')?.authority, 'a:81'));
});

describe('a wrong url', () => {
  const beginning = 'expected a url that begins with http://, ws://, https://, wss:// or unix:/';
  const noUrl = 'is no url such as "http://127.0.0.1:8080"';
  const separators = "a path in a backend's url has no encoded dot or separator";
  const dots = "a path in a backend's url has no dot segments and no stray percent sign";
  const empty = "a path in a backend's url has no empty segment";
  const ascii = "a path in a backend's url is ASCII, other characters percent-encoded";
  const absolute = 'the path of a Unix socket is absolute';
  const urls: [string, string][] = [
    ['localhost:80', `${beginning} -> http://localhost:80`],
    ['htp://a', `${beginning} -> http://a`],
    ['ftp://a', `${beginning} -> http://a`],
    ['/run/app.sock', `${beginning} -> unix:/run/app.sock`],
    ['//a', `${beginning} -> http://a`],
    ['http:a', noUrl],
    ['http://', noUrl],
    ['http:///a', noUrl],
    ['http://a:99999', noUrl],
    ['http://u:p@a', "a backend's url has no user"],
    ['http://a/?q', "a backend's url has no query and no fragment"],
    ['http://a/b#c', "a backend's url has no query and no fragment"],
    ['unix:/run/a.sock:/b?c', "a backend's url has no query and no fragment"],
    ['http://a:0', 'a backend has no port 0'],
    ['http://a/b c', 'a url has no blanks'],
    ['unix:/run/a\u0000b', 'a url has no blanks'],
    ['http://a\\b', 'a url has no backslash'],
    ['http://a/b\\..\\c', 'a url has no backslash'],
    ['http://a/./b', dots],
    ['http://a/b/../c', dots],
    ['http://a/..', dots],
    ['http://a/..;x/b', dots],
    ['http://a/%zz', dots],
    ['http://a/b/%2e%2E/c', separators],
    ['http://a/b%2Fc', separators],
    ['http://a/b%5cc', separators],
    ['http://a/b%00', separators],
    ['http://a//b', `${empty} -> http://a/b`],
    ['http://a/b//', `${empty} -> http://a/b/`],
    ['http://a/caf\u00e9', `${ascii} -> http://a/caf%C3%A9`],
    ['http://a/%41\ud800', `${ascii} -> http://a/%41%EF%BF%BD`],
    ['unix:/run/a.sock:/b/../c', dots],
    ['unix:', absolute],
    ['unix:run/app.sock', `${absolute} -> unix:/run/app.sock`],
    ['unix:./app.sock', `${absolute} -> unix:/app.sock`],
    ['unix:../app.sock', `${absolute} -> unix:/app.sock`],
    ['unix://run/app.sock', `${absolute} -> unix:/run/app.sock`],
    ['unix:/run/', 'expected the path of a Unix socket, not of a folder'],
    ['unix:/run/app.sock:', 'behind the second colon stands a path -> unix:/run/app.sock'],
    ['unix:/run/app.sock:base', 'behind the second colon stands a path -> unix:/run/app.sock:/base'],
    [`unix:/${'a'.repeat(107)}`, 'the path of a Unix socket has at most 107 bytes, this one 108'],
    [`unix:/${'\u00e9'.repeat(54)}`, 'the path of a Unix socket has at most 107 bytes, this one 109'],
  ];
  for (const [url, expected] of urls) {
    it(`is refused: ${JSON.stringify(url.slice(0, 60))}`, () => {
      assert.deepEqual(errorsOf(withUrl(url)), [`1:25 services.api.url: ${expected}`]);
    });
  }
});

describe('a backend that stands twice is told by what it is connected to', () => {
  const warned = (...urls: string[]) =>
    warningsOf(`services: { api: { load_balancer: { backends: [${urls.map((url) => `{ url: "${url}" }`)}] } } }
host_rules: [{ pattern: "*", target: api }]`).map((line) => line.replace('1:13 services.api: ', ''));
  const twice = (label: string) => [`${label} stands more than once among its backends`];

  it('the same host and path, however they are written', () => {
    assert.deepEqual(warned('http://a/b', 'ws://A:80/b/'), twice('a/b'));
    assert.deepEqual(warned('https://a', 'http://b', 'wss://a:443'), twice('a'));
    assert.deepEqual(warned('unix:/a', 'unix:///a'), twice('unix:/a'));
    assert.deepEqual(warned('unix:/a:/b', 'unix:/a:/b/'), twice('unix:/a:/b'));
  });

  it('and not another path, port, socket, or TLS', () => {
    assert.deepEqual(
      warned('http://a', 'http://a/b', 'http://a:81', 'http://a:443', 'https://a', 'unix:/a', 'unix:/a:/b', 'unix:/b'),
      [],
    );
  });
});
