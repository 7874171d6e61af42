import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import type { BodyTransform } from '../exchange/body-transform.js';
import { ProxyError } from '../exchange/proxy-error.js';
import { plainCoding } from '../protocol/http1/accept-encoding.js';
import type { HeaderList } from '../protocol/http1/header-list.js';

/** Content codings (RFC 9110 section 8.4.1) that can be made and read here, zstd where this Node can. */
export type ContentCoding = 'gzip' | 'deflate' | 'br' | 'zstd';

const { constants } = zlib;

/** What the types of Node 20 do not know. */
interface ZstdMakers {
  createZstdCompress?(): zlib.Gzip;
  createZstdDecompress?(): zlib.Gunzip;
}
const zstd = zlib as unknown as ZstdMakers;
/** `ZSTD_e_flush` of zstd's own interface. */
const ZSTD_FLUSH = 1;

/** Node has zstd from 22.15 on. */
export const hasZstd = zstd.createZstdCompress !== undefined;

export const codings: readonly ContentCoding[] = ['gzip', 'deflate', 'br', ...(hasZstd ? (['zstd'] as const) : [])];

/** How a body is encoded; null: not at all; `unknown`: in a way, or in several, that cannot be undone here. */
export function codingOf(headers: HeaderList): ContentCoding | null | 'unknown' {
  if (!headers.hasKnown('content-encoding')) return null;
  const named = headers.getAll('content-encoding').join(',').split(',').map(plainCoding);
  const applied = named.filter((coding) => coding !== 'identity' && coding !== '');
  if (applied.length === 0) return null;
  const known = codings.find((coding) => coding === applied[0]);
  return applied.length > 1 || known === undefined ? 'unknown' : known;
}

/**
 * Level 6 of gzip and 4 of brotli cost about the same here: 20 ms for a MiB of JSON, for which brotli makes 6 % less;
 * its 5 takes more than double. A window of 512 KiB keeps a stream of brotli at some MiB.
 */
const BROTLI_QUALITY = 4;
const BROTLI_WINDOW_BITS = 19;

export function encodeAs(coding: ContentCoding): BodyTransform {
  switch (coding) {
    case 'gzip':
      return flushedBy(zlib.createGzip({ level: 6 }), constants.Z_SYNC_FLUSH);
    case 'deflate':
      return flushedBy(zlib.createDeflate({ level: 6 }), constants.Z_SYNC_FLUSH);
    case 'br': {
      const { BROTLI_PARAM_LGWIN, BROTLI_PARAM_QUALITY, BROTLI_OPERATION_FLUSH } = constants;
      const params = { [BROTLI_PARAM_QUALITY]: BROTLI_QUALITY, [BROTLI_PARAM_LGWIN]: BROTLI_WINDOW_BITS };
      return flushedBy(zlib.createBrotliCompress({ params }), BROTLI_OPERATION_FLUSH);
    }
    case 'zstd':
      return flushedBy(made(zstd.createZstdCompress), ZSTD_FLUSH);
  }
}

/** Errors of it are the backend's: `bad-response`. */
export function decodeFrom(coding: ContentCoding): BodyTransform {
  const stream = decoder(coding);
  const { _flush: flush, _transform: transform } = stream;
  let givenBytes = 0;
  // Node ends the stream where the encoded bytes end and drops the rest: what is behind them would be lost in silence,
  // and the response would be over before the backend's is.
  stream._transform = (bytes: Buffer, encoding, done) => {
    givenBytes += bytes.length;
    transform.call(stream, bytes, encoding, (error) => {
      const isOver = stream.bytesWritten < givenBytes;
      done(error ?? (isOver ? new Error('bytes stand behind its end') : null));
    });
  };
  // An empty body is no stream of any coding, and yet is sent: a HEAD's, or by backends that compress by rote.
  stream._flush = (done) => {
    if (stream.bytesWritten === 0) done();
    else flush.call(stream, done);
  };
  return {
    stream,
    faultOf: (error) => new ProxyError('bad-response', `the body is no ${coding}: ${error.message}`, error),
  };
}

function decoder(coding: ContentCoding): Transform & { readonly bytesWritten: number } {
  switch (coding) {
    case 'gzip':
      return zlib.createGunzip();
    case 'deflate':
      return zlib.createInflate();
    case 'br':
      return zlib.createBrotliDecompress();
    case 'zstd':
      return made(zstd.createZstdDecompress);
  }
}

function made<Stream>(make: (() => Stream) | undefined): Stream {
  if (make === undefined) throw new Error('this Node has no zstd');
  return make();
}

function flushedBy(stream: Transform & Pick<zlib.Gzip, 'flush'>, kind: number): BodyTransform {
  return { stream, flush: () => stream.flush(kind) };
}
