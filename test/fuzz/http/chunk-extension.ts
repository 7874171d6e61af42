const IN_EXTENSION = /^(?:Invalid (?:character|quoted-pair)|Missing expected CR) .*chunk (?:extension|parameter)/;
/** White space before the semicolon (RFC 9112 section 7.1.1). */
const SPACE_BEFORE = /(?:^|\n)[0-9a-f]+[ \t]+;/i;

/** True where a chunk extension is what llhttp refuses these bytes for. */
export function refusesExtension(bytes: string, reason: string): boolean {
  return IN_EXTENSION.test(reason) || (reason === 'Invalid character in chunk size' && SPACE_BEFORE.test(bytes));
}
