const SECRET_KEY = /(?:secret|token|password|key)["']?\s*:(?:\s+|(?=["']))/gi;
const QUOTED = /^(?:"(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?)/s;
/** What says where a secret is, and not what. */
const ELSEWHERE = /^["']?(?:\$\{[A-Z0-9_]*(?::-)?\}|file:[^"']*)["']?\s*$/;

/** A line whose value, or whose last one, is a secret that may go on below. */
const OPEN_SECRET =
  /^[\s-]*["']?[^\s:]*(?:secret|token|password|key)["']?\s*:|(?:secret|token|password|key)["']?\s*:\s*$/i;
/** Nothing behind the key but a comment, a tag or an anchor: what is below may be a map. */
const NOTHING_YET = /:\s*(?:[&!]\S*\s*)*(?:#.*)?$/;
const ENTRY = /^[\s-]*["']?[\w.-]+["']?:(?:\s|$)/;

/**
 * The line that begins at `start`, without secrets: that of its own as {@link maskedLine} has it, and where it belongs
 * to a secret whose key stands above, all of it.
 */
export function maskedLineAt(text: string, start: number): string {
  const line = lineAt(text, start);
  const key = lineAbove(text, start, indentOf(line));
  const isSecret = OPEN_SECRET.test(key) && !(NOTHING_YET.test(key) && ENTRY.test(line));
  return isSecret ? line.trimEnd().replace(/\S.*/, (rest) => '*'.repeat(rest.length)) : maskedLine(line);
}

function lineAt(text: string, start: number): string {
  const end = text.indexOf('\n', start);
  return text.slice(start, end < 0 ? text.length : end).replace(/\r$/, '');
}

/** The nearest above that is indented less, comments aside; empty: there is none. */
function lineAbove(text: string, start: number, indent: number): string {
  for (let end = start - 1; end >= 0; ) {
    const from = end === 0 ? 0 : text.lastIndexOf('\n', end - 1) + 1;
    const line = text.slice(from, end).replace(/\r$/, '');
    if (!/^\s*(?:#|$)/.test(line) && indentOf(line) < indent) return line;
    end = from - 1;
  }
  return '';
}

/** Of what stands behind the dashes of a list. */
function indentOf(line: string): number {
  return /^(?:\s|-(?=\s))*/.exec(line)?.[0].length ?? 0;
}

/** A line of a configuration with an asterisk for each character of what stands at the keys of secrets. */
export function maskedLine(line: string): string {
  let masked = '';
  let from = 0;
  for (const { 0: key, index } of line.matchAll(SECRET_KEY)) {
    const start = index + key.length;
    // A secret that looks like a key is behind us.
    if (index < from) continue;
    const value = valueAt(line, start);
    masked += line.slice(from, start) + (ELSEWHERE.test(value) ? value : '*'.repeat(value.length));
    from = start + value.length;
  }
  return masked + line.slice(from);
}

/** Without quotes a value goes on to the end of its map, where that is known to be in braces, else of the line. */
function valueAt(line: string, start: number): string {
  const rest = line.slice(start);
  const quoted = QUOTED.exec(rest)?.[0];
  if (quoted !== undefined) return quoted;
  const inBraces = /[{[]/.test(line.slice(0, start));
  return (inBraces ? /^[^,}\]]*/.exec(rest)?.[0] : rest)?.trimEnd() ?? '';
}
