import type { ConfigPath, ConfigProblem, Finding, Position } from './problem.js';
import { fieldOf, isRecord, showValue } from './raw-value.js';
import { positionOf, problemOf, type Source, variablesAt } from './source.js';

/** Several files as one configuration, in which every path still knows the file it came from. */
export interface MergedFiles {
  readonly value: Readonly<Record<string, unknown>>;
  /** A finding about the whole, brought to its place in its file. */
  problem(finding: Finding): ConfigProblem;
  position(path: ConfigPath, at: 'key' | 'value'): Position;
  /** The environment variables that were put into a value. */
  variables(path: ConfigPath): readonly string[];
  /** About the files themselves: sections that cannot be merged. */
  readonly errors: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
}

/**
 * Puts the main file and those of its `config_dir` together, in order: lists are appended, services merge by name and
 * the later one wins, everything else counts in the main file only.
 */
export function mergeFiles(main: Source, others: readonly Source[]): MergedFiles {
  const lists = new Map<string, { source: Source; index: number }[]>(LISTS.map((name) => [name, []]));
  const services = new Map<string, Source>();
  const value: Record<string, unknown> = { ...mapOf(main) };
  const errors: ConfigProblem[] = [];
  const warnings: ConfigProblem[] = [];
  for (const source of [main, ...others]) {
    for (const [key, content] of Object.entries(mapOf(source))) {
      const places = lists.get(key);
      if (places !== undefined) {
        errors.push(...appendList(value, key, content, source, places));
      } else if (key === 'services') {
        if (isRecord(content)) warnings.push(...mergeServices(content, source, services));
        else errors.push(...wrongType(source, key, 'a map', content));
      } else if (source !== main) {
        if (key === 'advanced') warnings.push(mainOnly(source, key, 'it is ignored here'));
        else if (key === 'config_dir') errors.push(mainOnly(source, key, 'files of it name no other'));
      }
    }
  }
  value.services = Object.fromEntries([...services].map(([name, source]) => [name, serviceOf(source, name)]));
  const origin = (path: ConfigPath): [Source, ConfigPath] => {
    const [section, second, ...rest] = path;
    if (section === 'services') return [services.get(String(second)) ?? main, path];
    const placed = typeof section === 'string' && typeof second === 'number' ? lists.get(section)?.[second] : undefined;
    return placed === undefined ? [main, path] : [placed.source, [String(section), placed.index, ...rest]];
  };
  return {
    value,
    errors,
    warnings,
    position: (path, at) => {
      const [source, local] = origin(path);
      return positionOf(source, local, at);
    },
    variables: (path) => variablesAt(...origin(path)),
    problem: (finding) => {
      const [source, local] = origin(finding.path);
      return problemOf(source, { ...finding, path: local });
    },
  };
}

const LISTS = ['host_rules', 'route_rules', 'middlewares', 'middleware_services'];

function mapOf(source: Source): Record<string, unknown> {
  return isRecord(source.value) ? source.value : {};
}

function serviceOf(source: Source, name: string): unknown {
  return fieldOf(mapOf(source).services, name);
}

function appendList(
  value: Record<string, unknown>,
  key: string,
  content: unknown,
  source: Source,
  places: { source: Source; index: number }[],
): ConfigProblem[] {
  if (places.length === 0) value[key] = [];
  const merged = value[key];
  if (content === null) return [];
  if (!Array.isArray(content) || !Array.isArray(merged)) return wrongType(source, key, 'a list', content);
  merged.push(...content);
  places.push(...content.map((_, index) => ({ source, index })));
  return [];
}

function mergeServices(
  content: Readonly<Record<string, unknown>>,
  source: Source,
  services: Map<string, Source>,
): ConfigProblem[] {
  const warnings: ConfigProblem[] = [];
  for (const name of Object.keys(content)) {
    const earlier = services.get(name);
    if (earlier !== undefined) {
      const { file, line } = positionOf(earlier, ['services', name], 'key');
      const message = `this service takes the place of the one of the same name at ${file}:${line}`;
      warnings.push(problemOf(source, { path: ['services', name], at: 'key', message }));
    }
    services.set(name, source);
  }
  return warnings;
}

function wrongType(source: Source, key: string, expected: string, content: unknown): ConfigProblem[] {
  if (content === null) return [];
  const message = `expected ${expected}, got ${showValue(content)}`;
  return [problemOf(source, { path: [key], at: 'value', message })];
}

function mainOnly(source: Source, key: string, what: string): ConfigProblem {
  return problemOf(source, { path: [key], at: 'key', message: `counts in the main file only; ${what}` });
}
