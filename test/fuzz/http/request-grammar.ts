import { METHODS } from 'node:http';
import fc from 'fast-check';
import { anyCase, chunkedBody, fieldLine, framingPieces, payload, plainLine } from './field-grammar.js';

/** As they stand in the requests of real clients, odd ones among them. */
const host = fc.constantFrom('a.example', 'A', 'localhost:8080', '[::1]:80', '[fe80::1]', 'my_service', '127.0.0.1');
const segment = fc.constantFrom(
  '',
  'a',
  'b.c',
  '%20',
  '%2F',
  '.',
  '~',
  "!$&'()*+,;=:@",
  'a;v=1',
  '|',
  '{x}',
  '"',
  '...',
);
const query = fc.constantFrom('', '', '?', '?a=b&c', '?%zz', '?\\^`<>[]{}"|', '?http://b/?', '?/../');

const path = fc
  .tuple(fc.array(segment, { maxLength: 4 }), query)
  .map(([segments, rest]) => `/${segments.join('/')}${rest}`);

const method = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('GET', 'POST', 'HEAD', 'PUT', 'OPTIONS', 'DELETE', 'PATCH') },
  { weight: 1, arbitrary: fc.constantFrom(...METHODS.filter((name) => name !== 'CONNECT' && name !== 'TRACE')) },
);

const meaningLine = fc.oneof(
  fieldLine(
    anyCase('Connection'),
    fc.constantFrom('keep-alive', 'Keep-Alive', 'keep-alive, x-a', 'TE', 'Upgrade, HTTP2-Settings', ', keep-alive ,'),
  ),
  fc.constantFrom(
    'Upgrade: h2c\r\n',
    'Via: 1.1 other\r\n',
    'TE: trailers\r\n',
    'Trailer: X-T\r\n',
    'Keep-Alive: timeout=5\r\n',
  ),
  fc.constantFrom('X-Forwarded-For: 192.0.2.1\r\n', 'Forwarded: for=a\r\n', 'Proxy-Connection: keep-alive\r\n'),
);

/** Stands in a head once at most. */
const expect = fc.constantFrom('', '', '', 'Expect: 100-continue\r\n', 'expect:100-Continue\r\n');

const ending = fc.oneof(
  { weight: 8, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.constant('Connection: close\r\n') },
);

const framed = fc.oneof(
  fc.constant({ line: '', body: '' }),
  fc.tuple(anyCase('Content-Length'), payload, fc.constantFrom('', '0')).map(([name, body, zero]) => ({
    line: `${name}: ${zero}${body.length}\r\n`,
    body,
  })),
  fc
    .tuple(anyCase('Transfer-Encoding'), anyCase('chunked'), chunkedBody)
    .map(([name, value, body]) => ({ line: `${name}: ${value}\r\n`, body })),
);

const target = fc.oneof(
  { weight: 5, arbitrary: path.map((text) => ({ scheme: '', text })) },
  { weight: 1, arbitrary: fc.tuple(anyCase('http'), path).map(([scheme, text]) => ({ scheme, text })) },
);

/** One request that any server has to read (RFC 9112), Latin-1. */
const request = fc
  .record({
    emptyLine: fc.constantFrom('', '', '', '\r\n'),
    method,
    target,
    host,
    lines: fc.array(fc.oneof({ weight: 3, arbitrary: plainLine }, { weight: 1, arbitrary: meaningLine }), {
      maxLength: 4,
    }),
    framed,
    expect,
    ending,
    framingFirst: fc.boolean(),
    old: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  })
  .map(
    ({
      emptyLine,
      method: name,
      target: to,
      host: at,
      lines,
      framed: framing,
      expect: wait,
      ending: end,
      framingFirst,
      old,
    }) => {
      const text = to.scheme === '' ? to.text : `${to.scheme}://${at}${to.text}`;
      // HTTP/1.0 has no chunks: then there is no body.
      const { line, body } = old && framing.line.toLowerCase().startsWith('t') ? { line: '', body: '' } : framing;
      const fields = framingFirst ? [line, `Host: ${at}\r\n`, ...lines] : [`Host: ${at}\r\n`, ...lines, line];
      const version = old ? '1.0' : '1.1';
      return `${emptyLine}${name} ${text} HTTP/${version}\r\n${fields.join('')}${wait}${end}\r\n${body}`;
    },
  );

/** One to four requests, one behind the other. */
export const requests = fc.array(request, { minLength: 1, maxLength: 4 }).map((all) => all.join(''));

export const requestPieces: readonly string[] = [
  ...framingPieces,
  'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET / HTTP/1.1\n\n',
  'Host: a',
  'Host: b\r\n',
  'Host: a,b\r\n',
  'Expect: 100-continue\r\n',
  'Expect: x\r\n',
  ' HTTP/1.1',
  ' HTTP/2.0',
  ' http/1.1',
  ' HTTP/1.0',
  '/../',
  '%2e%2e/',
  '%00',
  '..;/',
  '#x',
  'http://',
  '*',
];
