/** One field line of a head (RFC 9112 section 5). Never changes once it is made: lists share it. */
export class FieldLine {
  /** As it came. */
  readonly name: string;
  /** The name in lower case. */
  readonly lower: string;
  readonly value: string;
  /** The text it was read from, where it goes out exactly as it stands there; else empty. */
  readonly source: string;
  /** Its place in `source`, its CRLF included. */
  readonly from: number;
  readonly to: number;

  constructor(name: string, lower: string, value: string, source = '', from = 0, to = 0) {
    this.name = name;
    this.lower = lower;
    this.value = value;
    this.source = source;
    this.from = from;
    this.to = to;
  }
}

/** A line that is sent again and again: its text is put together once. */
export function lastingLine(name: string, value: string): FieldLine {
  return lastingLines([[name, value]])[0] as FieldLine;
}

/** Lines that are sent together again and again: they have one text, and go out as one piece where they stand so. */
export function lastingLines(fields: readonly (readonly [name: string, value: string])[]): FieldLine[] {
  const texts = fields.map(([name, value]) => textOf({ name, value }));
  const text = Buffer.from(texts.join(''), 'latin1').toString('latin1');
  let to = 0;
  return fields.map(([name, value], index) => {
    const from = to;
    to += (texts[index] as string).length;
    return new FieldLine(name, name.toLowerCase(), value, text, from, to);
  });
}

/** Added up: a template looks up how each piece becomes a string, which these are. */
function textOf({ name, value }: Pick<FieldLine, 'name' | 'value'>): string {
  return name + SEPARATOR + value + LINE_END;
}

const SEPARATOR = ': ';
const LINE_END = '\r\n';

/**
 * The lines as they go on the wire. Those that follow each other as they came are one piece of their source: most of a
 * head is then cut and written in one, where a line that is put together is four pieces.
 */
export function formatLines(lines: readonly FieldLine[]): string {
  let text = '';
  let source = '';
  let from = 0;
  let to = 0;
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] as FieldLine;
    if (source !== '') {
      if (line.from === to && line.source === source) {
        to = line.to;
        continue;
      }
      text += source.substring(from, to);
    }
    source = line.source;
    from = line.from;
    to = line.to;
    if (source === '') text += textOf(line);
  }
  return source === '' ? text : text + source.substring(from, to);
}
