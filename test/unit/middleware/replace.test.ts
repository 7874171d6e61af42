import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as zlib from 'node:zlib';
import fc from 'fast-check';
import { replace } from '../../../src/middleware/replace.js';
import { everySplit } from '../protocol/splits.js';
import { fakeExchange, responseHead } from './fake-exchange.js';
import { headBehind, middlewareOf, transformed } from './transformed.js';

type Fields = readonly (readonly [string, string])[];
const html: Fields = [['Content-Type', 'text/html; charset=UTF-8']];
const rules = [
  { from: 'aab', to: 'b' },
  { from: 'b+', to: '<$&>', regex: true },
  { from: '<b', to: 'ü' },
];

function behind(options: object, fields: Fields = html, status = 200) {
  return headBehind(replace, options, fakeExchange().exchange, responseHead(status, fields));
}

const codings: Record<string, [(bytes: Buffer) => Buffer, (bytes: Buffer) => Buffer]> = {
  gzip: [zlib.gzipSync, zlib.gunzipSync],
  'x-gzip': [zlib.gzipSync, zlib.gunzipSync],
  br: [zlib.brotliCompressSync, zlib.brotliDecompressSync],
  deflate: [zlib.deflateSync, zlib.inflateSync],
  identity: [(bytes) => bytes, (bytes) => bytes],
};

describe('replace', () => {
  for (const [coding, [encode, decode]] of Object.entries(codings)) {
    it(`gives the same for every split of a body that is encoded as ${coding}, encoded so again`, async () => {
      const fields: Fields = [...html, ['Content-Encoding', coding]];
      const body = encode(Buffer.from('aaab, aabb and aabaab'));
      for (const pieces of everySplit(body)) {
        const { head } = behind({ rules }, fields);
        assert.equal(decode(await transformed(head, pieces)).toString(), 'aü>, üb> and üb>');
        assert.equal(head.headers.get('content-encoding'), coding);
      }
    });
  }

  it('gives the same for any pieces, encoded or not', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'ä', 'aab'), maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.constantFrom('gzip', 'br', 'identity'),
        fc.array(fc.nat()),
        async (all, coding, cuts) => {
          const [encode, decode] = codings[coding] ?? assert.fail();
          const body = encode(Buffer.from(all));
          const at = [0, ...cuts.map((cut) => cut % (body.length + 1)).sort((a, b) => a - b), body.length];
          const pieces = at.slice(1).map((end, index) => body.subarray(at[index], end));
          const { head } = behind({ rules }, [...html, ['Content-Encoding', coding]]);
          const expected = all.split('aab').join('b').replace(/b+/g, '<$&>').split('<b').join('ü');
          assert.equal(decode(await transformed(head, pieces)).toString(), expected);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('drops and weakens what speaks of the bytes as they were', () => {
    const { head } = behind({ rules }, [...html, ['Content-Length', '5'], ['ETag', '"x"'], ['Accept-Ranges', 'bytes']]);
    assert.equal(head.headers.format(), 'Content-Type: text/html; charset=UTF-8\r\nETag: W/"x"\r\n');
  });

  const untouched: [what: string, fields: Fields, status?: number][] = [
    ['no text', [['Content-Type', 'image/png']]],
    ['of no type', []],
    ['an event stream', [['Content-Type', 'text/event-stream']]],
    ['of another charset', [['Content-Type', 'text/html; charset=utf-16']]],
    ['a part', html, 206],
    ['not modified', html, 304],
  ];
  for (const [what, fields, status] of untouched) {
    it(`leaves alone what is ${what}, in silence`, () => {
      const { head, log } = behind({ rules }, [...fields, ['Content-Length', '5']], status);
      assert.deepEqual([head.transforms, head.headers.get('content-length'), log.lines], [undefined, '5', []]);
    });
  }

  it('leaves alone what is encoded in a way it cannot undo, and warns', () => {
    for (const coding of ['compress', 'gzip, br']) {
      const { head, log } = behind({ rules }, [...html, ['Content-Encoding', coding]]);
      assert.equal(head.transforms, undefined);
      assert.deepEqual(log.all('body not replaced'), [
        { request_id: 'id-1', middleware: 'mine', detail: `its Content-Encoding (${coding}) cannot be undone` },
      ]);
    }
  });

  it('applies a rule to its own types only', async () => {
    const options = {
      rules: [
        { from: 'a', to: 'x', content_types: ['application/json'] },
        { from: 'a', to: 'y', content_types: ['text/*'] },
      ],
    };
    const of = (type: string) => behind(options, [['Content-Type', type]]).head;
    assert.equal(String(await transformed(of('application/json'), [Buffer.from('a')])), 'x');
    assert.equal(String(await transformed(of('text/css'), [Buffer.from('a')])), 'y');
    assert.equal(of('application/xml').transforms, undefined);
  });

  it('finds and writes Latin-1 where the response says so; what that cannot hold is no rule there', async () => {
    const options = {
      rules: [
        { from: 'ü', to: 'é' },
        { from: 'a', to: '€' },
        { from: 'b', to: '€', regex: true },
      ],
    };
    const { head } = behind(options, [['Content-Type', 'text/plain; charset="ISO-8859-1"']]);
    assert.equal((await transformed(head, [Buffer.from('abü', 'latin1')])).toString('latin1'), 'abé');
    const latin: Fields = [['Content-Type', 'text/plain; charset=latin1']];
    assert.equal(behind({ rules: [{ from: '€', to: '' }] }, latin).head.transforms, undefined);
  });

  it('passes what is larger than max_body by rules with regex, and warns; plain rules go on', async () => {
    const options = {
      rules: [
        { from: 'a', to: 'x' },
        { from: 'b', to: 'y', regex: true },
      ],
      max_body: 4,
    };
    const large = behind(options);
    assert.equal(String(await transformed(large.head, [Buffer.from('ab'), Buffer.from('abb')])), 'xbxbb');
    assert.deepEqual(
      large.log.all('body not replaced').map(({ detail }) => detail),
      ['it is larger than max_body (4 bytes)'],
    );
    const fits = behind(options);
    assert.equal(String(await transformed(fits.head, [Buffer.from('abab')])), 'xyxy');
    assert.deepEqual(fits.log.lines, []);
    const announced = behind({ rules: [options.rules[1]], max_body: 4 }, [...html, ['Content-Length', '5']]);
    assert.deepEqual([announced.head.transforms, announced.head.headers.get('content-length')], [undefined, '5']);
    assert.equal(announced.log.lines.length, 1);
  });

  it('fails with the fault of the backend where a body is not encoded as it says, or is cut', async () => {
    const gzip: Fields = [...html, ['Content-Encoding', 'gzip']];
    const whole = zlib.gzipSync('aab');
    for (const body of [Buffer.from('not gzip at all'), whole.subarray(0, -3)]) {
      await assert.rejects(transformed(behind({ rules }, gzip).head, [body]), { code: 'bad-response' });
    }
    const empty = await transformed(behind({ rules }, gzip).head, []);
    assert.equal(zlib.gunzipSync(empty).length, 0, 'an empty body is no fault');
  });

  for (const [coding, encode] of [
    ['gzip', zlib.gzipSync],
    ['deflate', zlib.deflateSync],
    ['br', zlib.brotliCompressSync],
  ] as const) {
    it(`fails where bytes stand behind the end of what is encoded as ${coding}: they would be lost in silence`, async () => {
      const body = encode(Buffer.from('aab'));
      for (const rest of [Buffer.alloc(9), Buffer.from('more'), encode(Buffer.from('b')).subarray(0, -2)]) {
        for (const pieces of [
          [Buffer.concat([body, rest])],
          [body, rest],
          [body, rest.subarray(0, 1), rest.subarray(1)],
        ]) {
          const { head } = behind({ rules }, [...html, ['Content-Encoding', coding]]);
          await assert.rejects(transformed(head, pieces), { code: 'bad-response' });
        }
      }
    });
  }

  it('reads gzip in several members', async () => {
    const body = Buffer.concat([zlib.gzipSync('a'), zlib.gzipSync('ab')]);
    for (const pieces of everySplit(body)) {
      const { head } = behind({ rules }, [...html, ['Content-Encoding', 'gzip']]);
      assert.equal(String(zlib.gunzipSync(await transformed(head, pieces))), 'ü>');
    }
  });

  const codingsAsked: [asked: string, told: string][] = [
    ['gzip, deflate, br, compress', 'gzip, deflate, br'],
    ['gzip;q=0.5, *', 'gzip;q=0.5'],
    ['X-Gzip, identity;q=0', 'X-Gzip, identity;q=0'],
    ['compress', 'identity'],
    ['', 'identity'],
  ];
  for (const [asked, told] of codingsAsked) {
    it(`has the backend asked for "${told}" by a client that asks for "${asked}"`, () => {
      const { exchange } = fakeExchange({ headers: [['Accept-Encoding', asked]] });
      void middlewareOf(replace, { rules }).middleware.onRequest?.(exchange);
      assert.equal(exchange.backendRequest.headers.get('accept-encoding'), told);
    });
  }

  it('touches neither a request that asks for no coding, nor a WebSocket handshake', () => {
    const plain = fakeExchange().exchange;
    void middlewareOf(replace, { rules }).middleware.onRequest?.(plain);
    assert.ok(!plain.backendRequest.headers.has('accept-encoding'));
    const { exchange } = fakeExchange({ headers: [['Accept-Encoding', 'compress']] });
    exchange.kind = 'websocket';
    const { middleware } = middlewareOf(replace, { rules });
    void middleware.onRequest?.(exchange);
    assert.equal(exchange.backendRequest.headers.get('accept-encoding'), 'compress');
    const head = responseHead(403, html);
    void middleware.onResponse?.(exchange, head);
    assert.equal(head.transforms, undefined);
  });
});
