import assert from 'node:assert/strict';
import { it } from 'node:test';
import { middlewareTypes } from '../../../src/middleware/registry.js';
import { configOf, errorsOf, SMALL, warningsOf } from './stand-ins.js';

const all = { middlewareTypes };
/** The options stand on line 5. */
const withOptions = (type: string, options: string) =>
  `${SMALL}middlewares:\n  - name: ${type}\n    config: ${options}\n`;

const wrong: [type: string, options: string, error: string][] = [
  [
    'rate_limit',
    '{ requests_per_minutes: 5 }',
    '5:15 middlewares[0].config.requests_per_minutes: unknown key -> requests_per_minute',
  ],
  ['rate_limit', '{ burst: 0 }', '5:22 middlewares[0].config.burst: must be at least 1'],
  [
    'rate_limit',
    '{ key_extractor: address }',
    '5:30 middlewares[0].config.key_extractor: expected "ip", "user", "global", or "header:" and the name of a field, as in "header:X-Api-Key", got the text "address"',
  ],
  [
    'cors',
    '{ allow_credentials: true, allowed_origins: ["*"] }',
    '5:34 middlewares[0].config.allow_credentials: cannot stand with "*" in allowed_origins: any page could act as its reader: list the origins',
  ],
  [
    'cors',
    '{ allowed_origins: [app.example.com] }',
    '5:33 middlewares[0].config.allowed_origins[0]: an origin has a scheme: "https://app.example.com", "https://*.example.com", "*" or "null" -> https://app.example.com',
  ],
  [
    'cors',
    '{ allowed_methods: ["GET,PUT"] }',
    '5:33 middlewares[0].config.allowed_methods[0]: expected a method such as "PUT", or "*"',
  ],
  [
    'ip_filter',
    '{ allow: [10.0.0.0/33] }',
    '5:23 middlewares[0].config.allow[0]: expected an address or a network such as "10.0.0.0/8"',
  ],
  ['ip_filter', '{ status: 200 }', '5:23 middlewares[0].config.status: must be at least 400'],
  ['redirect', '{ status: 301 }', '5:5 middlewares[0].config.to: is required'],
  [
    'redirect',
    '{ to: "//b.example" }',
    '5:19 middlewares[0].config.to: begins with "//", which names another host: write its scheme too',
  ],
  [
    'redirect',
    '{ to: /, status: 300 }',
    '5:30 middlewares[0].config.status: expected one of 301, 302, 303, 307, 308; got 300',
  ],
  [
    'redirect',
    '{ to: "/a?b" }',
    '5:19 middlewares[0].config.to: has a query or fragment, which the path of the request cannot follow: say preserve_path: false',
  ],
  ['dynamic_route', '{}', '5:5 middlewares[0].config.api_url: is required'],
  ['dynamic_route', '{ api_url: "ftp://a" }', '5:24 middlewares[0].config.api_url: expected an http or https URL'],
  [
    'dynamic_route',
    '{ api_url: "http://a", timeout_seconds: 0 }',
    '5:53 middlewares[0].config.timeout_seconds: must be at least 1ms',
  ],
];
for (const [type, options, error] of wrong) {
  it(`${type} refuses ${options}`, () => assert.deepEqual(errorsOf(withOptions(type, options), all), [error]));
}

const odd: [type: string, options: string, warning: string][] = [
  ['ip_filter', '{}', 'allow: is empty, as is deny: every address may come'],
  ['redirect', '{ to: / }', 'to: sends each path to itself: a loop'],
  [
    'dynamic_route',
    '{ api_url: "http://a", timeout_seconds: 60 }',
    'timeout_seconds: 60s is long: whoever asks for a host for the first time waits for it',
  ],
  [
    'dynamic_route',
    '{ api_url: "http://a", cache_expiry_seconds: 0.1 }',
    'cache_expiry_seconds: 100ms looks too low: the API is asked all the time',
  ],
];
for (const [type, options, warning] of odd) {
  it(`${type} warns of ${options}`, () => {
    const lines = warningsOf(withOptions(type, options), all).map((line) =>
      line.replace(/^\S+ (middlewares\[0\]\.config\.)?/, ''),
    );
    assert.deepEqual(lines, [warning]);
  });
}

it('rate_limit and cors may be named on rules without options', () => {
  const text =
    'services: { api: { url: "http://a:1" } }\nhost_rules: [{ pattern: "*", target: api, middlewares: [rate_limit, cors] }]\n';
  assert.equal(configOf(text, all).host_rules.length, 1);
  assert.deepEqual(warningsOf(text, all), []);
});
