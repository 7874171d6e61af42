/** A field name in one of its usual spellings. */
export interface KnownName {
  readonly name: string;
  readonly lower: string;
  /** Where its bytes begin in {@link BYTES}: compared faster than its characters are. */
  readonly at: number;
}

const SPELLINGS = `Host User-Agent Accept Accept-Encoding Accept-Language Connection Cookie Content-Length Content-Type
Transfer-Encoding Cache-Control Date Server ETag Last-Modified Location Origin Referer Authorization Upgrade Via Expect
Sec-WebSocket-Key Sec-WebSocket-Version Sec-WebSocket-Protocol Sec-WebSocket-Extensions Sec-WebSocket-Accept
X-Forwarded-For X-Forwarded-Proto X-Forwarded-Host X-Real-IP X-Request-Id X-Requested-With Forwarded Keep-Alive Trailer
TE Vary Set-Cookie Content-Encoding Content-Disposition Content-Range Accept-Ranges Range If-None-Match
If-Modified-Since If-Range If-Match Pragma Expires Age Allow Retry-After WWW-Authenticate Last-Event-ID DNT Priority
Upgrade-Insecure-Requests Sec-Fetch-Site Sec-Fetch-Mode Sec-Fetch-Dest Sec-Fetch-User sec-ch-ua sec-ch-ua-mobile
sec-ch-ua-platform Access-Control-Allow-Origin Access-Control-Allow-Credentials Access-Control-Allow-Headers
Access-Control-Allow-Methods Access-Control-Expose-Headers Access-Control-Max-Age Access-Control-Request-Method
Access-Control-Request-Headers Strict-Transport-Security X-Content-Type-Options X-Frame-Options X-Powered-By
Content-Security-Policy Link traceparent tracestate X-Api-Key X-CSRF-Token Proxy-Connection HTTP2-Settings`;

const SLOTS = 4096;
const TABLE: (KnownName | undefined)[] = new Array(SLOTS).fill(undefined);
/** All spellings, one behind the other. */
const BYTES = new Uint8Array(2 * SPELLINGS.length);

/** To be run over the bytes of a name from {@link NAME_HASH_SEED} on; `hash` stays within 31 bits. */
export const NAME_HASH_SEED = 5381;

let bytesEnd = 0;
for (const spelling of SPELLINGS.split(/\s+/)) {
  const lower = spelling.toLowerCase();
  for (const name of new Set([spelling, lower])) {
    let hash = NAME_HASH_SEED;
    const at = bytesEnd;
    for (let index = 0; index < name.length; index++) {
      BYTES[bytesEnd++] = name.charCodeAt(index);
      hash = (Math.imul(hash, 33) ^ name.charCodeAt(index)) | 0;
    }
    TABLE[hash & (SLOTS - 1)] ??= { name: internalized(name), lower: internalized(lower), at };
  }
}

/**
 * The known name at `bytes[from, to)`, by its hash: `hash = (Math.imul(hash, 33) ^ byte) | 0` for each byte.
 * Saves two strings a field, and `switch` and `===` over such names compare pointers.
 */
export function knownName(bytes: Buffer, from: number, to: number, hash: number): KnownName | undefined {
  const known = TABLE[hash & (SLOTS - 1)];
  if (known === undefined) return undefined;
  if (known.name.length !== to - from) return undefined;
  for (let at = from, expected = known.at; at < to; at++, expected++) {
    if (bytes[at] !== BYTES[expected]) return undefined;
  }
  return known;
}

/** The one copy of a text that V8 keeps for names of properties and literals: what is cut from a longer one is none. */
function internalized(text: string): string {
  return Object.keys({ [text]: true })[0] ?? text;
}
