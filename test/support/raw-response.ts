import assert from 'node:assert/strict';

/** A head taken apart; field lines as they came. */
export interface RawHead {
  /** The whole head with its empty line. */
  readonly text: string;
  readonly firstLine: string;
  /** Of a response; 0 for a request. */
  readonly status: number;
  /** Lines as they came, without CR LF. */
  readonly lines: readonly string[];
  /** The value of a field's only line; fails where there are more. */
  get(lowerName: string): string | undefined;
}

export interface RawResponse extends RawHead {
  /** Without chunks. */
  readonly body: string;
}

/** Strict: anything that is no head of HTTP/1.1, byte by byte, fails. */
export function readHead(text: string): RawHead {
  assert.match(text, /^[!-~]+ [^\r\n]*\r\n(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+: [^\r\n]*\r\n)*\r\n$/);
  const [firstLine = '', ...rest] = text.split('\r\n');
  const lines = rest.slice(0, -2);
  return {
    text,
    firstLine,
    status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(firstLine)?.[1] ?? 0),
    lines,
    get(lowerName) {
      const found = lines.filter((line) => line.toLowerCase().startsWith(`${lowerName}: `));
      assert.ok(found.length <= 1, `${found.length} lines of ${lowerName}`);
      return found[0]?.slice(lowerName.length + 2);
    },
  };
}

/** The payload of a chunked body without trailers. */
export function readChunked(text: string): string {
  let payload = '';
  let at = 0;
  for (;;) {
    const line = /^([1-9a-f][0-9a-f]*|0)\r\n/i.exec(text.slice(at));
    assert.ok(line !== null, `no chunk line: ${JSON.stringify(text.slice(at))}`);
    const size = Number.parseInt(line[1] ?? '', 16);
    at += line[0].length;
    payload += text.slice(at, at + size);
    at += size;
    assert.equal(text.slice(at, at + 2), '\r\n');
    at += 2;
    if (size === 0) break;
  }
  assert.equal(at, text.length);
  return payload;
}
