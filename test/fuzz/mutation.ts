import fc from 'fast-check';

const kinds = [
  ...(['flip', 'set', 'insert', 'delete', 'twice', 'swap', 'drop', 'cut', 'case', 'splice'] as const),
  ...(['line', 'line', 'line', 'lineEnd', 'lineEnd'] as const),
];
/** What becomes of a CR LF. */
const lineEnds = ['\n', '\r', '\rX', '\n\r', '\r\r\n', ' \r\n', '\t\r\n', '\0\r\n'];

/** One change of some bytes. Places are taken modulo what there is. */
export interface Mutation {
  readonly kind: (typeof kinds)[number];
  readonly place: number;
  readonly other: number;
  readonly piece: string;
}

/** What parsers look at, and what they should not. */
const specialBytes = [
  '\r',
  '\n',
  '\0',
  ' ',
  '\t',
  ';',
  ',',
  ':',
  '"',
  '\\',
  '\x80',
  '\xff',
  '\x7f',
  '\x0b',
  '\r\n',
  '0',
];

/** Up to three changes. @param pieces what is spliced in, Latin-1 */
export function mutations(pieces: readonly string[]): fc.Arbitrary<readonly Mutation[]> {
  const one = fc.record({
    kind: fc.constantFrom(...kinds),
    place: fc.nat(0xffff),
    other: fc.nat(0xffff),
    piece: fc.oneof(fc.constantFrom(...specialBytes), fc.constantFrom(...pieces)),
  });
  return fc.oneof(
    { weight: 1, arbitrary: fc.constant([]) },
    { weight: 3, arbitrary: fc.array(one, { minLength: 1, maxLength: 3 }) },
  );
}

export function mutate(bytes: Buffer, changes: readonly Mutation[]): Buffer {
  return changes.reduce((changed, change) => Buffer.from(applied(changed.toString('latin1'), change), 'latin1'), bytes);
}

function applied(text: string, { kind, place, other, piece }: Mutation): string {
  const at = place % (text.length + 1);
  const with_ = (length: number, replacement: string) => text.slice(0, at) + replacement + text.slice(at + length);
  const code = at < text.length ? text.charCodeAt(at) : 0;
  switch (kind) {
    case 'flip':
      return with_(1, String.fromCharCode(code ^ (1 << (other & 7))));
    case 'set':
      return with_(1, piece.slice(0, 1));
    case 'insert':
    case 'splice':
      return with_(0, piece);
    case 'delete':
      return with_(1, '');
    case 'cut':
      return text.slice(0, at);
    case 'case':
      return with_(other & 15, swapCase(text.slice(at, at + (other & 15))));
    default:
      return withLines(text, kind, place, other, piece);
  }
}

function withLines(text: string, kind: Mutation['kind'], place: number, other: number, piece: string): string {
  const lines = text.split('\r\n');
  const at = place % lines.length;
  const line = lines[at] ?? '';
  if (kind === 'lineEnd') {
    const before = lines.slice(0, at).join('\r\n');
    return at === 0 ? text : `${before}${lineEnds[other % lineEnds.length]}${lines.slice(at).join('\r\n')}`;
  }
  if (kind === 'twice') lines.splice(other % lines.length, 0, line);
  else if (kind === 'drop') lines.splice(at, 1);
  else if (kind === 'line') lines.splice(at, 0, piece.replace(/\r\n$/, ''));
  else {
    lines[at] = lines[other % lines.length] ?? '';
    lines[other % lines.length] = line;
  }
  return lines.join('\r\n');
}

function swapCase(text: string): string {
  return [...text]
    .map((letter) => (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()))
    .join('');
}

/** Behind so many single bytes the rest comes as one. */
const SINGLE_BYTES = 600;

/** Where bytes are cut on their way: at a few places, or behind each byte. */
export const cuts: fc.Arbitrary<readonly number[] | 'bytes'> = fc.oneof(
  { weight: 4, arbitrary: fc.array(fc.nat(0xffff), { minLength: 1, maxLength: 6 }) },
  { weight: 1, arbitrary: fc.constant('bytes' as const) },
);

export function cutBytes(bytes: Buffer, places: readonly number[] | 'bytes'): Buffer[] {
  const inner =
    places === 'bytes'
      ? Array.from({ length: Math.min(bytes.length, SINGLE_BYTES) }, (_, index) => index + 1)
      : places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b);
  const ends = [...inner, bytes.length];
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end)).filter((piece) => piece.length > 0);
}
