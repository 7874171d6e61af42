const SECRET_KEY = /(?:secret|token|password|key)["']?\s*:(?:\s+|(?=["']))/gi;
const QUOTED = /^(?:"(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?)/s;
/** What says where a secret is, and not what. */
const ELSEWHERE = /^["']?(?:\$\{[A-Z0-9_]*(?::-)?\}|file:[^"']*)["']?\s*$/;

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
