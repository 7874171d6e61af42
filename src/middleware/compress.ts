import { z } from 'zod';
import { KIB, size } from '../config/schema-size.js';
import { mayTransformBody, transformBody } from '../exchange/body-transform.js';
import type { Exchange } from '../exchange/exchange.js';
import type { Middleware, MiddlewareType } from '../exchange/middleware.js';
import type { MutableResponseHead } from '../exchange/response-head.js';
import { parseAcceptEncoding, preferredCoding } from '../protocol/http1/accept-encoding.js';
import type { HeaderList } from '../protocol/http1/header-list.js';
import { type ContentCoding, codingOf, encodeAs, hasZstd } from './content-codings.js';
import { compileMediaTypes, mediaTypePattern, textTypes } from './media-types.js';

const standardTypes = [
  ...textTypes,
  'application/wasm',
  'application/vnd.ms-fontobject',
  'font/otf',
  'font/ttf',
  'image/bmp',
  'image/x-icon',
];

const optionsSchema = z
  .strictObject({
    types: z
      .array(mediaTypePattern)
      .min(1)
      .prefault(standardTypes)
      .describe(
        'Which media types are compressed: what is compressed already (images, archives, video) gains nothing.',
      ),
    min_size: size({ min: 0 })
      .prefault(KIB)
      .describe('Bodies that announce less pass as they are. One that announces no length is compressed.'),
    encodings: z
      .array(z.enum(['br', 'gzip', 'zstd']))
      .min(1)
      .prefault(['br', 'gzip'])
      .describe('In the order they are preferred where the client likes several equally. `zstd` needs Node 22.15.'),
  })
  .describe(
    "Compresses responses as they stream, as the client's `Accept-Encoding` weighs it. Never event streams, parts, what is encoded already, or what says `no-transform`.",
  );

type CompressOptions = z.infer<typeof optionsSchema>;

/** Compresses response bodies as the client accepts it. Event streams, parts and tunnels pass as they are. */
export const compress: MiddlewareType<CompressOptions> = {
  type: 'compress',
  optionsSchema,
  doubts({ encodings }) {
    if (hasZstd || !encodings.includes('zstd')) return [];
    const message = `Node ${process.versions.node} has no zstd (22.15 and later have): it is left out`;
    return [{ option: 'encodings', message }];
  },
  create: (name, options) => new CompressMiddleware(name, options),
};

class CompressMiddleware implements Middleware {
  readonly name: string;
  readonly #isListed: (headers: HeaderList) => boolean;
  readonly #leastBytes: number;
  readonly #codings: readonly ContentCoding[];

  constructor(name: string, { encodings, min_size, types }: CompressOptions) {
    this.name = name;
    this.#isListed = compileMediaTypes(types);
    this.#leastBytes = min_size;
    this.#codings = encodings.filter((coding) => coding !== 'zstd' || hasZstd);
  }

  onResponse(exchange: Exchange, head: MutableResponseHead): void {
    const { headers } = head;
    if (head.status === 304) {
      // RFC 9110 section 15.4.5: a cache would take the Vary of this in the place of that of the 200.
      if (exchange.kind !== 'websocket') varyByEncoding(headers);
      return;
    }
    if (!this.#mayCompress(exchange, head)) return;
    varyByEncoding(headers);
    const coding = preferredCoding(acceptedBy(exchange), this.#codings);
    if (coding === null || !transformBody(exchange, head, () => [encodeAs(coding)])) return;
    headers.set('Content-Encoding', coding);
  }

  /** Whatever the client accepts. */
  #mayCompress(exchange: Exchange, head: MutableResponseHead): boolean {
    const { headers } = head;
    if (this.#codings.length === 0 || !mayTransformBody(exchange, head) || !this.#isListed(headers)) return false;
    if (codingOf(headers) !== null || forbidsTransform(headers)) return false;
    const announced = headers.getKnown('content-length');
    if (announced !== undefined && Number(announced) < this.#leastBytes) return false;
    return !forbidsTransform(exchange.request.head.headers);
  }
}

function acceptedBy({ request }: Exchange) {
  return parseAcceptEncoding(request.head.headers.getAll('accept-encoding'));
}

/** RFC 9111 sections 5.2.1.6 and 5.2.2.6. */
function forbidsTransform(headers: HeaderList): boolean {
  return headers.hasKnown('cache-control') && /\bno-transform\b/i.test(headers.getAll('cache-control').join(','));
}

function varyByEncoding(headers: HeaderList): void {
  const named = headers.getAll('vary').join(',').split(',');
  if (named.some((name) => /^\s*(?:\*|accept-encoding)\s*$/i.test(name))) return;
  headers.append('Vary', 'Accept-Encoding');
}
