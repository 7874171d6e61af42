/** A request as a reader sees it that refuses whatever another reader might see differently. */
export interface StrictRequest {
  readonly method: string;
  readonly target: string;
  /** Lines as they came, without CR LF. */
  readonly lines: readonly string[];
  /** With its chunks and trailers, where it has any. */
  readonly body: string;
}

const REQUEST_LINE = /^([A-Za-z!#$%&'*+\-.^_`|~0-9]+) ([^\x00-\x20\x7f]+) HTTP\/1\.1$/;
const FIELD_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+): ?([^\x00-\x08\x0a-\x1f\x7f]*)$/;
const CHUNK_LINE = /^(0|[1-9A-Fa-f][0-9A-Fa-f]{0,12})$/;
/** Fields that would mean something else to whoever merges trailers into the head. */
const HEAD_ONLY =
  /^(?:content-.*|transfer-encoding|host|connection|te|trailer|upgrade|via|expect|authorization|cookie|x[-_]forwarded.*|x[-_]real[-_]ip|forwarded)$/i;

/**
 * Reads the request that `text` begins with; null while it is not whole.
 * @throws Error for anything ambiguous: line ends, names, folding, framing, chunk lines
 */
export function readStrictRequest(text: string): { readonly request: StrictRequest; readonly length: number } | null {
  const end = text.indexOf('\r\n\r\n');
  judgeLineEnds(end < 0 ? text : text.slice(0, end + 4));
  if (text !== '' && !/^[A-Za-z!#$%&'*+\-.^_`|~0-9]/.test(text)) throw new Error('no method at the start');
  if (end < 0) return null;
  const [first = '', ...lines] = text.slice(0, end).split('\r\n');
  const parts = REQUEST_LINE.exec(first);
  if (parts === null) throw new Error(`no request line: ${JSON.stringify(first)}`);
  const fields = lines.map(readField);
  if (fields.filter(([name]) => name === 'host').length !== 1) throw new Error('not exactly one Host');
  const body = readBody(text, end + 4, fields);
  if (body === null) return null;
  const [, method = '', target = ''] = parts;
  return { request: { method, target, lines, body }, length: end + 4 + body.length };
}

function readBody(text: string, from: number, fields: readonly (readonly [string, string])[]): string | null {
  const lengths = valuesOf(fields, 'content-length');
  const codings = valuesOf(fields, 'transfer-encoding');
  if (lengths.length + codings.length > 1) throw new Error('more than one framing');
  if (lengths.length === 1) {
    const length = Number(lengths[0]);
    if (!/^(?:0|[1-9]\d*)$/.test(lengths[0] ?? '') || !Number.isSafeInteger(length)) throw new Error('no length');
    return text.length - from < length ? null : text.slice(from, from + length);
  }
  if (codings.length === 0) return '';
  if (codings[0] !== 'chunked') throw new Error(`transfer encoding ${codings[0]}`);
  const end = chunksEnd(text, from);
  return end === null ? null : text.slice(from, end);
}

function chunksEnd(text: string, from: number): number | null {
  let at = from;
  for (;;) {
    const lineEnd = lineEndAt(text, at);
    if (lineEnd === null) return null;
    const line = text.slice(at, lineEnd);
    if (!CHUNK_LINE.test(line)) throw new Error(`chunk line ${JSON.stringify(line)}`);
    const size = Number.parseInt(line, 16);
    at = lineEnd + 2;
    if (size === 0) return trailersEnd(text, at);
    if (text.length < at + size + 2) return null;
    if (text.slice(at + size, at + size + 2) !== '\r\n') throw new Error('no CR LF behind a chunk');
    at += size + 2;
  }
}

function trailersEnd(text: string, from: number): number | null {
  for (let at = from; ; ) {
    const lineEnd = lineEndAt(text, at);
    if (lineEnd === null) return null;
    if (lineEnd === at) return at + 2;
    const [name] = readField(text.slice(at, lineEnd));
    if (HEAD_ONLY.test(name)) throw new Error(`trailer ${name}`);
    at = lineEnd + 2;
  }
}

/** The index of the CR LF that ends the line at `from`; null where it has not come. */
function lineEndAt(text: string, from: number): number | null {
  const end = text.indexOf('\r\n', from);
  judgeLineEnds(end < 0 ? text.slice(from) : text.slice(from, end));
  return end < 0 ? null : end;
}

function readField(line: string): readonly [name: string, value: string] {
  const parts = FIELD_LINE.exec(line);
  if (parts === null) throw new Error(`no field line: ${JSON.stringify(line)}`);
  const [, name = '', value = ''] = parts;
  if (/^[ \t]|[ \t]$/.test(value)) throw new Error(`white space around a value: ${JSON.stringify(line)}`);
  return [name.toLowerCase(), value];
}

function valuesOf(fields: readonly (readonly [string, string])[], lowerName: string): string[] {
  return fields.filter(([name]) => name === lowerName).map(([, value]) => value);
}

function judgeLineEnds(text: string): void {
  if (/(?:^|[^\r])\n|\r(?:[^\n])/.test(text)) throw new Error('a bare CR or LF');
}
