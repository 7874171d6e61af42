/** One way in which real backends make a path of a target, written without a look at the proxy's. */
export interface BackendNormalizer {
  readonly name: string;
  normalize(path: string): string;
}

/** Escapes that are none stay; the bytes are Latin-1. */
const decode = (path: string): string =>
  path.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
const merge = (path: string): string => path.replace(/\/{2,}/g, '/');
const backslashes = (path: string): string => path.replaceAll('\\', '/');
const withoutParameters = (path: string): string => path.replace(/;[^/]*/g, '');
const untilNul = (path: string): string => path.split('\0', 1)[0] ?? '';

const untilQuery = (path: string): string => path.split(/[?#]/, 1)[0] ?? '';

/** RFC 3986 section 5.2.4, staying at the root. */
function resolve(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/').slice(1)) {
    if (segment === '..') kept.pop();
    else if (segment !== '.') kept.push(segment);
  }
  return `/${kept.join('/')}`;
}

const chain = (name: string, ...steps: readonly ((path: string) => string)[]): BackendNormalizer => ({
  name,
  normalize: (path) => steps.reduce((text, step) => step(text), path),
});

/** All that a target without its query may become on the other side. */
export const backendNormalizers: readonly BackendNormalizer[] = [
  chain('as it came'),
  chain('merged', merge),
  chain('resolved', resolve),
  chain('merged, resolved', merge, resolve),
  chain('resolved, merged', resolve, merge),
  chain('decoded', decode),
  chain('decoded, resolved', decode, resolve),
  chain('decoded, merged, resolved', decode, merge, resolve),
  chain('resolved, decoded', resolve, decode),
  chain('resolved, decoded, merged', resolve, decode, merge),
  chain('merged, resolved, decoded', merge, resolve, decode),
  chain('decoded, backslashes are slashes, merged, resolved', decode, backslashes, merge, resolve),
  chain('backslashes are slashes, merged, resolved, decoded', backslashes, merge, resolve, decode),
  chain('decoded, cut at NUL, merged, resolved', decode, untilNul, merge, resolve),
  chain('parameters gone, decoded, merged, resolved', withoutParameters, decode, merge, resolve),
  chain('decoded, parameters gone, merged, resolved', decode, withoutParameters, merge, resolve),
  chain('resolved, parameters gone, merged', resolve, withoutParameters, merge),
  chain('decoded, cut at ? and #, merged, resolved', decode, untilQuery, merge, resolve),
  chain('decoded twice, merged, resolved', decode, decode, merge, resolve),
  chain('decoded, merged, resolved, in lower case', decode, merge, resolve, (path) => path.toLowerCase()),
];
