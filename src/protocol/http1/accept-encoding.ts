/** From 0 to 1000, by coding in lower case, `*` too. */
export type AcceptedCodings = ReadonlyMap<string, number>;

const ELEMENT = /^[ \t]*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*(?:;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)[ \t]*)?$/i;

/** What Accept-Encoding asks for (RFC 9110 section 12.5.3). What is malformed in it is passed over. */
export function parseAcceptEncoding(lines: readonly string[]): AcceptedCodings {
  const accepted = new Map<string, number>();
  for (const element of lines.join(',').split(',')) {
    const parts = ELEMENT.exec(element);
    if (parts === null) continue;
    const coding = plainCoding(parts[1] ?? '');
    accepted.set(coding, Math.round(Number(parts[2] ?? '1') * 1000));
  }
  return accepted;
}

/**
 * Which of `offered` the client likes best, the first of those it likes equally; null where it takes none of them, or
 * likes the bytes as they are better. A client that does not send the field gets them as they are.
 */
export function preferredCoding<Coding extends string>(
  accepted: AcceptedCodings,
  offered: readonly Coding[],
): Coding | null {
  let best: Coding | null = null;
  let most = accepted.get('identity') ?? 0;
  for (const coding of offered) {
    const weight = accepted.get(coding) ?? accepted.get('*') ?? 0;
    if (weight > most || (weight === most && weight > 0 && best === null)) {
      best = coding;
      most = weight;
    }
  }
  return best;
}

/** In lower case, by its one name (RFC 9110 section 8.4.1.3). */
export function plainCoding(name: string): string {
  const lower = name.trim().toLowerCase();
  return lower === 'x-gzip' ? 'gzip' : lower;
}
