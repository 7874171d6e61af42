import { posix } from 'node:path';
import { listFiles, readText } from './tree.js';

export interface Import {
  readonly from: string;
  /** Of types only: nothing of it is left when the program runs. */
  readonly typeOnly: boolean;
  /** A path below the root, or a package's name. */
  readonly to: string;
}

/** Every import of the sources: values, types, re-exports and dynamic ones. */
export function readImports(): Import[] {
  return listFiles('src', '.ts').flatMap((from) =>
    importsOf(readText(from)).map(({ specifier, typeOnly }) => ({
      from,
      to: resolveSpecifier(from, specifier),
      typeOnly,
    })),
  );
}

/** What a text imports, as written. */
export function importsOf(text: string): { specifier: string; typeOnly: boolean }[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const statement = /^(?:import|export)\b(\s+type\b)?\s*(?:[\w$*,{}\s]*?\bfrom\s*)?['"]([^'"]+)['"]/gm;
  const dynamic = /\bimport\((\s*)['"]([^'"]+)['"]/g;
  return [...code.matchAll(statement), ...code.matchAll(dynamic)].map(([, type, specifier = '']) => ({
    specifier,
    typeOnly: type?.trim() === 'type',
  }));
}

/** The part of the sources a file belongs to: its folder below `src`, or its own name where it stands there alone. */
export function partOf(path: string): string {
  const [, first = '', rest] = path.split('/');
  return rest === undefined ? first.replace(/\.ts$/, '') : first;
}

/** A way from a file, or a part, back to itself. */
export function findCircle(imports: readonly { readonly from: string; readonly to: string }[]): string[] | undefined {
  const next = new Map<string, string[]>();
  for (const { from, to } of imports) next.set(from, [...(next.get(from) ?? []), to]);
  const finished = new Set<string>();
  const visit = (path: string, way: readonly string[]): string[] | undefined => {
    if (way.includes(path)) return [...way.slice(way.indexOf(path)), path];
    if (finished.has(path)) return undefined;
    for (const to of next.get(path) ?? []) {
      const circle = visit(to, [...way, path]);
      if (circle !== undefined) return circle;
    }
    finished.add(path);
    return undefined;
  };
  for (const path of next.keys()) {
    const circle = visit(path, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

function resolveSpecifier(from: string, specifier: string): string {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts');
  if (specifier.startsWith('node:')) return specifier;
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}
