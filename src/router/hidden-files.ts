/**
 * Tells which paths `deny_hidden_files` refuses: with true those with a segment that begins with a dot, except below
 * `/.well-known/` (RFC 8615); with a list those with a segment of such a name.
 * @returns a test of decoded paths
 */
export function hiddenFileRule(rule: boolean | readonly string[]): (matchPath: string) => boolean {
  if (rule === false) return () => false;
  if (rule === true) {
    return (matchPath) => {
      if (!matchPath.includes('/.')) return false;
      const rest = matchPath.startsWith('/.well-known/') ? matchPath.slice('/.well-known'.length) : matchPath;
      return rest.includes('/.');
    };
  }
  const names = new Set(rule);
  return (matchPath) => matchPath.split('/').some((segment) => names.has(segment));
}
