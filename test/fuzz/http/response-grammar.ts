import fc from 'fast-check';
import { anyCase, chunkedBody, fieldLine, fieldValue, framingPieces, payload, plainLine } from './field-grammar.js';

const informational = fc
  .tuple(
    fc.constantFrom(100, 102, 103, 199),
    fc.constantFrom('', ' ', ' Continue'),
    fc.array(plainLine, { maxLength: 2 }),
  )
  .map(([status, reason, lines]) => `HTTP/1.1 ${status}${reason}\r\n${lines.join('')}\r\n`);

const statuses = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(200, 404, 500) },
  { weight: 2, arbitrary: fc.constantFrom(201, 202, 203, 204, 205, 206, 300, 301, 302, 304, 400, 401, 426, 503, 599) },
);

const meaningLine = fc.oneof(
  fieldLine(anyCase('Connection'), fc.constantFrom('keep-alive', 'close', 'Keep-Alive, x', 'Upgrade')),
  fc.constantFrom('Keep-Alive: timeout=5\r\n', 'Upgrade: h2c\r\n', 'Trailer: X-T\r\n', 'Via: 1.1 b\r\n', 'Age: 1\r\n'),
);

const framed = fc.oneof(
  payload.map((body) => ({ line: '', body, untilClose: true })),
  fc
    .tuple(anyCase('Content-Length'), payload, fc.constantFrom('', '0'))
    .map(([name, body, zero]) => ({ line: `${name}: ${zero}${body.length}\r\n`, body, untilClose: false })),
  fc
    .tuple(anyCase('Transfer-Encoding'), anyCase('chunked'), chunkedBody)
    .map(([name, value, body]) => ({ line: `${name}: ${value}\r\n`, body, untilClose: false })),
);

/** A method, and what any client has to read as the answer to it (RFC 9112), Latin-1. */
export const responses = fc
  .record({
    method: fc.constantFrom('GET', 'GET', 'POST', 'HEAD'),
    before: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(informational, { maxLength: 3 }) },
    ),
    status: statuses,
    reason: fc.oneof(
      fc.constantFrom('', ' ', ' OK', ' Not Found'),
      fieldValue.map((text) => ` ${text}`),
    ),
    lines: fc.array(fc.oneof({ weight: 3, arbitrary: plainLine }, { weight: 1, arbitrary: meaningLine }), {
      maxLength: 4,
    }),
    framed,
    old: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    ends: fc.boolean(),
  })
  .map(({ method, before, status, reason, lines, framed: framing, old, ends }) => {
    const chunked = framing.line.toLowerCase().startsWith('t');
    const { line, body, untilClose } = old && chunked ? { line: '', body: 'a', untilClose: true } : framing;
    const empty = method === 'HEAD' || status === 204 || status === 304;
    const head = `HTTP/1.${old ? 0 : 1} ${status}${reason}\r\n${lines.join('')}${line}\r\n`;
    const text = `${before.join('')}${head}${empty ? '' : body}`;
    return { method, text, ends: ends || (untilClose && !empty) };
  });

export const responsePieces: readonly string[] = [
  ...framingPieces,
  'HTTP/1.1 200 OK\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n',
  'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n',
  'HTTP/1.1 204 No Content\r\n',
  'HTTP/1.1 304\r\n',
  'HTTP/1.0 ',
  'HTTP/2.0 ',
  '0200',
  '204',
  '304',
  '1xx',
];
