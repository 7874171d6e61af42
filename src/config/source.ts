import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  Scalar,
  visit,
  type YAMLMap,
} from 'yaml';
import { type ReportAt, substituteEnvironment } from './environment-substitution.js';
import { maskedLineAt } from './masked-line.js';
import type { ConfigPath, ConfigProblem, Finding, Position } from './problem.js';
import { formatPath } from './problem.js';

/** One file of the configuration: its text, and what it says. */
export interface Source {
  readonly file: string;
  readonly text: string;
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
  /** Maps, lists and scalars; undefined where the text could not be read as such. */
  readonly value: unknown;
  /** By the offset of a value: the environment variables that were put into it. */
  readonly variables: ReadonlyMap<number, readonly string[]>;
}

/** Aliases may unfold to this many nodes in all per anchor: more is an attack. */
const MAX_ALIASES = 100;

/** Keys that name what every object of the language has already. */
const REFUSED_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Reads YAML (or JSON, which is YAML), and puts the environment in. All problems are reported; none is thrown. */
export function parseSource(
  file: string,
  text: string,
  env: NodeJS.ProcessEnv,
): { source: Source; problems: ConfigProblem[] } {
  const lines = countLines(text);
  const document = parseDocument(text, {
    prettyErrors: false,
    stringKeys: true,
    merge: true,
    logLevel: 'error',
  });
  const unread: Source = { file, text, document, lines, value: undefined, variables: new Map() };
  const problems = syntaxProblems(unread);
  const broken = document.errors.some(({ code }) => code !== 'DUPLICATE_KEY') || document.warnings.length > 0;
  if (broken) return { source: unread, problems };
  const report: ReportAt = (node, ancestors, message) => {
    problems.push(problemAt(unread, startOf(node) ?? 0, pathTo(node, ancestors), message));
  };
  refuseNodes(document, report);
  const variables = substituteEnvironment(document, env, report);
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    return { source: { ...unread, value, variables }, problems };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { source: unread, problems: [...problems, problemAt(unread, 0, [], message)] };
  }
}

/** The library's own count loses lines where it finds a fault in a collection in brackets. */
function countLines(text: string): LineCounter {
  const lines = new LineCounter();
  for (let start = 0; start >= 0; start = text.indexOf('\n', start) + 1 || -1) lines.addNewLine(start);
  return lines;
}

/** What the library finds; of a line only the first, since the others mostly follow from it. */
function syntaxProblems(source: Source): ConfigProblem[] {
  const { document, text } = source;
  const problems = new Map<number, ConfigProblem>();
  // What the library only warns of (a tag it does not know) would silently change a value.
  for (const { code, message, pos } of [...document.errors, ...document.warnings]) {
    const twice = code === 'DUPLICATE_KEY';
    const plain = twice ? `the key "${keyText(text, pos[0])}" stands twice` : plainMessage(message);
    const problem = problemAt(source, pos[0], [], plain);
    const bare = !twice && /[{[,].*[\s:]\$\{/.test(problem.excerpt ?? '');
    const hint = bare ? '; within { } and [ ] a value with "${" is to be quoted' : '';
    if (!problems.has(problem.line)) problems.set(problem.line, { ...problem, message: `${plain}${hint}` });
  }
  return [...problems.values()];
}

/** The keys and indexes that lead to a node. */
function pathTo(node: Node, ancestors: readonly unknown[]): ConfigPath {
  const chain = [...ancestors, node];
  return chain.flatMap((part, index): (string | number)[] => {
    if (isPair(part)) return isScalar(part.key) ? [String(part.key.value)] : [];
    const at = isSeq(part) ? part.items.indexOf(chain[index + 1]) : -1;
    return at === -1 ? [] : [at];
  });
}

/** The place of a path in a file; for what is not there, the place of the nearest thing above it. */
export function positionOf(source: Source, path: ConfigPath, at: 'key' | 'value'): Position {
  return place(source, offsetOf(source, path, at));
}

/** The environment variables that were put into the value at a path. */
export function variablesAt(source: Source, path: ConfigPath): readonly string[] {
  if (source.variables.size === 0) return [];
  return source.variables.get(startOf(nodeAt(source, path)) ?? -1) ?? [];
}

/** A finding about a file, brought to its place. */
export function problemOf(source: Source, finding: Finding): ConfigProblem {
  const offset = offsetOf(source, finding.path, finding.at);
  return problemAt(source, offset, finding.path, finding.message, finding.suggestion);
}

function problemAt(
  source: Source,
  offset: number,
  path: ConfigPath,
  message: string,
  suggestion?: string | undefined,
): ConfigProblem {
  const position = place(source, offset);
  return {
    ...position,
    path: formatPath(path),
    message,
    ...(suggestion === undefined ? {} : { suggestion }),
    excerpt: excerptOf(source, position),
  };
}

function place(source: Source, offset: number): Position {
  const { line, col } = source.lines.linePos(Math.min(offset, source.text.length));
  return { file: source.file, line: Math.max(line, 1), column: Math.max(col, 1) };
}

const EXCERPT_WIDTH = 110;

/** The line without its secrets, cut to a window around the column, and a caret under the column. */
function excerptOf(source: Source, { line, column }: Position): string {
  const start = source.lines.lineStarts[line - 1] ?? 0;
  const full = maskedLineAt(source.text, start);
  const from = column > EXCERPT_WIDTH - 20 ? column - 40 : 0;
  // A tab or a control character takes one column here, so that the caret stands where it should.
  const shown = full.slice(from, from + EXCERPT_WIDTH).replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
  return `${shown.trimEnd()}\n${' '.repeat(column - 1 - from)}^`;
}

/** What stands at a path, behind aliases too. */
function nodeAt(source: Source, path: ConfigPath): Node | undefined {
  let node: unknown = source.document.contents;
  for (const part of [...path, undefined]) {
    if (isAlias(node)) node = node.resolve(source.document);
    if (part === undefined) break;
    node = isMap(node) ? pairOf(source, node, String(part))?.value : isSeq(node) ? node.items[Number(part)] : undefined;
  }
  return isNode(node) ? node : undefined;
}

function offsetOf(source: Source, path: ConfigPath, at: 'key' | 'value'): number {
  let node: unknown = source.document.contents;
  let offset = startOf(node) ?? 0;
  for (const [index, part] of path.entries()) {
    const parent = isAlias(node) ? node.resolve(source.document) : node;
    const last = index === path.length - 1;
    if (isMap(parent)) {
      const pair = pairOf(source, parent, String(part));
      if (pair === undefined) return offset;
      node = pair.value;
      const keyAt = startOf(pair.key) ?? offset;
      offset = last && at === 'value' && !isAbsent(node) ? (startOf(node) ?? keyAt) : keyAt;
    } else if (isSeq(parent) && typeof part === 'number' && part < parent.items.length) {
      node = parent.items[part];
      offset = startOf(node) ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}

/** The pair of a key: the map's own, else one that `<<` brings in. */
function pairOf(source: Source, map: YAMLMap, key: string): Pair | undefined {
  const pairs = pairsOf(map);
  const own = pairs.get(key);
  const merged = own === undefined ? pairs.get('<<')?.value : undefined;
  for (const part of isSeq(merged) ? merged.items : [merged]) {
    const inner = isAlias(part) ? part.resolve(source.document) : part;
    const pair = isMap(inner) ? pairOf(source, inner, key) : undefined;
    if (pair !== undefined) return pair;
  }
  return own;
}

const pairsByMap = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();

/** The pairs of a map by key: sought in once for every value of a file, so not one by one. */
function pairsOf(map: YAMLMap): ReadonlyMap<string, Pair> {
  const known = pairsByMap.get(map);
  if (known !== undefined) return known;
  const pairs = new Map(map.items.map((pair) => [isScalar(pair.key) ? String(pair.key.value) : '', pair]));
  pairsByMap.set(map, pairs);
  return pairs;
}

/** A key with nothing behind it has a value all the same, of no length. */
function isAbsent(node: unknown): boolean {
  return isScalar(node) && node.range?.[0] === node.range?.[1];
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

/** Refuses keys of the language's own objects, and aliases that lead nowhere or round; takes them out. */
function refuseNodes(document: Document.Parsed, report: ReportAt): void {
  visit(document, {
    Map: (_, map) => {
      // A key that stands twice was reported; the first is kept, so that what is wrong in it is still found.
      const seen = new Set<string>();
      map.items = map.items.filter(({ key }) => {
        const name = isScalar(key) ? String(key.value) : undefined;
        if (name === undefined) return true;
        return !seen.has(name) && seen.add(name);
      });
    },
    Pair: (_, pair, ancestors) => {
      if (!isScalar(pair.key) || !REFUSED_KEYS.has(String(pair.key.value))) return undefined;
      report(pair.key, [...ancestors, pair], `"${pair.key.value}" cannot be a key`);
      return visit.REMOVE;
    },
    Alias: (_, alias, ancestors) => {
      const named = alias.resolve(document);
      if (named !== undefined && !ancestors.includes(named)) return undefined;
      const reason = named === undefined ? 'names no anchor before it' : 'stands within what it names';
      report(alias, ancestors, `the alias *${alias.source} ${reason}`);
      const nothing = new Scalar(null);
      nothing.range = alias.range ?? null;
      return nothing;
    },
  });
}

function keyText(text: string, offset: number): string {
  const [, ...forms] = /^(?:"([^"\n]*)"|'([^'\n]*)'|([^\s:,]+))/.exec(text.slice(offset, offset + 200)) ?? [];
  return forms.find((form) => form !== undefined) ?? '';
}

function plainMessage(message: string): string {
  return (message.split('\n', 1)[0] ?? message).replace(/:$/, '');
}
