import type { ConfigPath, Finding } from './problem.js';
import { fieldOf, itemsOf } from './raw-value.js';

/**
 * Names and rules that stand twice. Works on values as read, whatever their types, so that these are found beside what
 * the schema finds.
 *
 * @param place where a path stands, for the reader: `config.yaml:12`
 */
export function checkDuplicates(value: unknown, place: (path: ConfigPath) => string): Finding[] {
  const findings: Finding[] = [];
  const seek = (entries: readonly Entry[], what: string) => {
    const seen = new Map<string, ConfigPath>();
    for (const { path, identity } of entries) {
      const first = seen.get(identity);
      if (first === undefined) seen.set(identity, path);
      else findings.push({ path, at: 'value', message: `${what} at ${place(first)}` });
    }
  };
  seek(names(value), 'the same name stands');
  seek(hostRules(value), 'a rule with the same pattern and port stands');
  seek(routeRules(value, []), SAME_ROUTE);
  for (const [index, rule] of itemsOf(fieldOf(value, 'host_rules')).entries()) {
    seek(routeRules(rule, ['host_rules', index]), SAME_ROUTE);
  }
  return findings;
}

/** Hosts compare without case and trailing dot. */
function plainHost(pattern: string): string {
  return pattern.startsWith('~') ? pattern : pattern.toLowerCase().replace(/\.$/, '');
}

const SAME_ROUTE = 'a rule with the same pattern and methods stands';

interface Entry {
  readonly path: ConfigPath;
  readonly identity: string;
}

function names(value: unknown): Entry[] {
  return ['middlewares', 'middleware_services'].flatMap((section) =>
    itemsOf(fieldOf(value, section)).flatMap((entry, index): Entry[] => {
      const name = fieldOf(entry, 'name');
      return typeof name === 'string' ? [{ path: [section, index, 'name'], identity: name }] : [];
    }),
  );
}

function hostRules(value: unknown): Entry[] {
  const defaultPort = fieldOf(fieldOf(value, 'advanced'), 'port') ?? 8080;
  return itemsOf(fieldOf(value, 'host_rules')).flatMap((rule, index): Entry[] => {
    const pattern = fieldOf(rule, 'pattern');
    if (typeof pattern !== 'string') return [];
    const port = fieldOf(rule, 'port') ?? defaultPort;
    return [{ path: ['host_rules', index, 'pattern'], identity: `${port} ${plainHost(pattern)}` }];
  });
}

/** Rules of one list; the same pattern may stand again for other methods. */
function routeRules(holder: unknown, above: ConfigPath): Entry[] {
  return itemsOf(fieldOf(holder, 'route_rules')).flatMap((rule, index): Entry[] => {
    const pattern = fieldOf(rule, 'pattern');
    if (typeof pattern !== 'string') return [];
    const methods = itemsOf(fieldOf(rule, 'methods')).map(String).sort().join(',');
    return [{ path: [...above, 'route_rules', index, 'pattern'], identity: `${methods} ${pattern}` }];
  });
}
