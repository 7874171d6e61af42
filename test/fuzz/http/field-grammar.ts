import fc from 'fast-check';

const tokenCharacters = [..."!#$%&'*+-.^_`|~0aBzZ9"];
const valueCharacters = [...'aZ0 \t"\\;,=:/(){}[]<>@?!\x80\xe4\xff~'];

export const token = fc.string({ unit: fc.constantFrom(...tokenCharacters), minLength: 1, maxLength: 6 });

/** A field value without spaces at its ends. */
export const fieldValue = fc
  .string({ unit: fc.constantFrom(...valueCharacters), maxLength: 12 })
  .map((text) => text.replace(/^[ \t]+|[ \t]+$/g, ''));

const space = fc.constantFrom('', ' ', ' ', ' ', '\t', '  ');

/** A whole field line. The name is followed by its colon at once, as it must be. */
export function fieldLine(name: fc.Arbitrary<string>, value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(name, space, value, space).map(([key, before, text, after]) => `${key}:${before}${text}${after}\r\n`);
}

/** Fields that frame nothing and mean nothing to a proxy. */
export const plainLine = fieldLine(
  fc.oneof(
    fc.constantFrom(
      'Accept',
      'user-agent',
      'COOKIE',
      'Set-Cookie',
      'X-A',
      'x_b',
      'Content-Type',
      'Cache-Control',
      'Date',
    ),
    token.map((name) => `X${name}`),
  ),
  fieldValue,
);

/** Letters in any case. */
export function anyCase(text: string): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant(text) },
    { weight: 1, arbitrary: fc.constant(text.toLowerCase()) },
    { weight: 1, arbitrary: fc.constant(text.toUpperCase()) },
  );
}

/** A body in bytes that look like heads, chunks and their ends. */
export const payload = fc
  .array(
    fc.constantFrom('a', '\r\n', '\r', '\n', '0\r\n\r\n', '\0', '\xff', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', '5\r\n'),
    {
      maxLength: 5,
    },
  )
  .map((parts) => parts.join(''));

const extensions = fc.oneof(
  { weight: 5, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.constantFrom(';a', ';a=b', ';a="b;c"', ';a=b;c=d', ';a="\\""') },
);

const sizeForm = fc.constantFrom<(size: number) => string>(
  (size) => size.toString(16),
  (size) => size.toString(16),
  (size) => size.toString(16).toUpperCase(),
  (size) => `00${size.toString(16)}`,
);

const chunk = fc
  .tuple(payload, sizeForm, extensions)
  .map(([bytes, size, extension]) => (bytes === '' ? '' : `${size(bytes.length)}${extension}\r\n${bytes}\r\n`));

const trailers = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  {
    weight: 1,
    arbitrary: fc
      .array(fieldLine(fc.constantFrom('X-T', 'Server-Timing', 'Digest', 'ETag'), fieldValue), { maxLength: 3 })
      .map((lines) => lines.join('')),
  },
);

/** A whole chunked body (RFC 9112 section 7.1). */
export const chunkedBody = fc
  .tuple(fc.array(chunk, { maxLength: 4 }), fc.constantFrom('0', '0', '00'), extensions, trailers)
  .map(([chunks, last, extension, lines]) => `${chunks.join('')}${last}${extension}\r\n${lines}\r\n`);

/** What is spliced into heads and bodies. */
export const framingPieces: readonly string[] = [
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: chunked\r\n',
  'transfer-encoding:\tchunked\r\n',
  'Transfer-Encoding: identity\r\n',
  'Transfer-Encoding: gzip, chunked\r\n',
  'Transfer-Encoding:\x0bchunked\r\n',
  'Transfer-Encoding : chunked\r\n',
  'Content-Length: 3',
  'Content-Length: 0\r\n',
  'Content-Length: 5\r\n',
  'content-length: +5\r\n',
  'Content-Length: 5, 5\r\n',
  'Content-Length: 0x5\r\n',
  'Content-Length:\r\n',
  'Content-Length: 9007199254740993\r\n',
  'Connection: close\r\n',
  'Connection: keep-alive\r\n',
  'Connection: close, keep-alive\r\n',
  'Connection: upgrade\r\n',
  'Proxy-Connection: close\r\n',
  'Upgrade: websocket\r\n',
  ' folded\r\n',
  'X\r\n',
  ': y\r\n',
  '0\r\n\r\n',
  '0\r\n',
  '5\r\nabcde\r\n',
  '5 \r\nabcde\r\n',
  '5;\r\nabcde\r\n',
  '5 ;a\r\nabcde\r\n',
  '5; a = b\r\nabcde\r\n',
  '0x5\r\nabcde\r\n',
  '-5\r\n',
  'ffffffffffffffff\r\n',
  '\r\n\r\n',
];
