import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as zlib from 'node:zlib';
import fc from 'fast-check';
import { compress } from '../../../src/middleware/compress.js';
import { hasZstd } from '../../../src/middleware/content-codings.js';
import { everySplit } from '../protocol/splits.js';
import { type FakeRequest, fakeExchange, responseHead } from './fake-exchange.js';
import { headBehind, transformed } from './transformed.js';

type Fields = readonly (readonly [string, string])[];
const html: Fields = [['Content-Type', 'text/html']];
const accepting = (coding: string): FakeRequest => ({ headers: [['Accept-Encoding', coding]] });

/** The fields of a response behind the middleware, and whether its body is changed. */
function compressed(request: FakeRequest, fields: Fields = html, options: object = {}, status = 200) {
  const { exchange } = fakeExchange(request);
  const { head } = headBehind(compress, options, exchange, responseHead(status, fields));
  return { fields: head.headers.format().trimEnd().split('\r\n'), changed: head.transforms !== undefined };
}

const SMALL: Fields = [...html, ['Content-Length', '1023']];
const LARGE: Fields = [...html, ['Content-Length', '1024']];

describe('compress', () => {
  it('takes the best coding that the client accepts, and says that others would get another', () => {
    const { fields, changed } = compressed(accepting('gzip, br'), LARGE);
    assert.deepEqual(fields, ['Content-Type: text/html', 'Vary: Accept-Encoding', 'Content-Encoding: br']);
    assert.ok(changed);
    assert.ok(compressed(accepting('gzip')).fields.includes('Content-Encoding: gzip'));
  });

  it('drops and weakens what speaks of the bytes as they were', () => {
    const { fields } = compressed(accepting('gzip'), [
      ...LARGE,
      ['ETag', '"a"'],
      ['Accept-Ranges', 'bytes'],
      ['Content-MD5', 'x'],
      ['Digest', 'x'],
      ['Repr-Digest', 'x'],
      ['Content-Digest', 'x'],
      ['Trailer', 'X-Sum'],
      ['Content-Encoding', 'identity'],
      ['Vary', 'Origin'],
    ]);
    assert.deepEqual(fields, [
      'Content-Type: text/html',
      'ETag: W/"a"',
      'Content-Encoding: gzip',
      'Vary: Origin',
      'Vary: Accept-Encoding',
    ]);
    assert.ok(compressed(accepting('gzip'), [...html, ['ETag', 'W/"a"']]).fields.includes('ETag: W/"a"'));
  });

  const asTheyAre: [what: string, request: FakeRequest, fields: Fields, status?: number][] = [
    ['small', accepting('gzip'), SMALL],
    ['encoded already', accepting('gzip'), [...html, ['Content-Encoding', 'gzip']]],
    ['encoded in a way that is unknown', accepting('gzip'), [...html, ['Content-Encoding', 'aes128gcm']]],
    ['of another type', accepting('gzip'), [['Content-Type', 'image/png']]],
    ['of no type', accepting('gzip'), []],
    ['an event stream', accepting('gzip'), [['Content-Type', 'text/event-stream; charset=utf-8']]],
    ['not to be transformed', accepting('gzip'), [...html, ['Cache-Control', 'public, no-transform']]],
    ['a part', accepting('gzip'), html, 206],
    ['without content', accepting('gzip'), html, 204],
    [
      'asked for untransformed',
      {
        headers: [
          ['Accept-Encoding', 'gzip'],
          ['Cache-Control', 'no-transform'],
        ],
      },
      html,
    ],
  ];
  for (const [what, request, fields, status] of asTheyAre) {
    it(`leaves alone what is ${what}`, () => {
      const given = fields.map(([name, value]) => `${name}: ${value}`);
      const result = compressed(request, fields, {}, status);
      assert.deepEqual(result, { fields: given.length === 0 ? [''] : given, changed: false });
    });
  }

  it('leaves alone what answers a WebSocket handshake', () => {
    const { exchange } = fakeExchange(accepting('gzip'));
    exchange.kind = 'websocket';
    for (const status of [101, 304, 403]) {
      const { head } = headBehind(compress, {}, exchange, responseHead(status, html));
      assert.deepEqual([head.headers.format(), head.transforms], ['Content-Type: text/html\r\n', undefined]);
    }
  });

  it('says Vary also to a client that takes nothing, and in a 304, once', () => {
    const vary = 'Vary: Accept-Encoding';
    assert.deepEqual(compressed({}), { fields: ['Content-Type: text/html', vary], changed: false });
    assert.deepEqual(compressed(accepting('gzip'), [], {}, 304), { fields: [vary], changed: false });
    for (const named of ['*', 'accept-encoding', 'Origin, Accept-Encoding']) {
      const { fields } = compressed({}, [...html, ['Vary', named]]);
      assert.deepEqual(fields, ['Content-Type: text/html', `Vary: ${named}`]);
    }
  });

  it('treats HEAD as the GET it stands for', () => {
    const head = compressed({ ...accepting('br'), method: 'HEAD' }, LARGE);
    assert.deepEqual(head, compressed(accepting('br'), LARGE));
  });

  it('takes its types, its least size and its encodings from the options', () => {
    const options = { types: ['application/*+json', 'font/*'], min_size: 10, encodings: ['gzip', 'br'] };
    const of = (type: string, length: string) => {
      return compressed(
        accepting('br, gzip'),
        [
          ['Content-Type', type],
          ['Content-Length', length],
        ],
        options,
      );
    };
    assert.ok(of('application/LD+JSON; a=b', '10').fields.includes('Content-Encoding: gzip'));
    assert.ok(of('font/woff', '10').changed);
    assert.ok(!of('font/woff', '9').changed);
    assert.ok(!of('text/html', '10').changed);
    assert.ok(!of('application/json', '10').changed);
    assert.ok(compressed(accepting('br'), [['Content-Type', 'x/y']], { types: ['*/*'] }).changed);
  });

  it('has zstd where this Node has it, and says so where not', () => {
    const { fields } = compressed(accepting('zstd'), html, { encodings: ['zstd'] });
    assert.equal(fields.includes('Content-Encoding: zstd'), hasZstd);
    const doubts = compress.doubts?.(compress.optionsSchema.parse({ encodings: ['zstd', 'br'] })) ?? [];
    assert.deepEqual(
      doubts.map(({ option }) => option),
      hasZstd ? [] : ['encodings'],
    );
    assert.deepEqual(compress.doubts?.(compress.optionsSchema.parse({})), []);
  });
});

const decoders: Record<string, (bytes: Buffer) => Buffer> = {
  gzip: (bytes) => zlib.gunzipSync(bytes),
  br: (bytes) => zlib.brotliDecompressSync(bytes),
};
describe('what compress makes of a body', () => {
  for (const [coding, decode] of Object.entries(decoders)) {
    const behind = () => {
      const { exchange } = fakeExchange(accepting(coding));
      return headBehind(compress, {}, exchange, responseHead(200, html)).head;
    };
    it(`is that body again, by ${coding}, however it came`, async () => {
      const body = Buffer.from('<p>some text, some text, some ü</p>');
      for (const pieces of everySplit(body)) assert.deepEqual(decode(await transformed(behind(), pieces)), body);
      assert.equal(decode(await transformed(behind(), [])).length, 0);
    });

    it(`is that body again, by ${coding}, whatever is in it`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 }), async (pieces) => {
          const buffers = pieces.map((piece) => Buffer.from(piece));
          assert.deepEqual(decode(await transformed(behind(), buffers)), Buffer.concat(buffers));
        }),
        { numRuns: 50 },
      );
    });
  }
});
