import { type Document, isScalar, type Node, type Scalar, visit } from 'yaml';

/**
 * Puts environment variables into the values of a document: `${NAME}`, `${NAME:-default}` (for a NAME that is not set
 * or empty), `$${` for a literal `${`. It works on values that were parsed already, so that a variable never adds a
 * key. A plain scalar is typed again, a quoted one stays text. A NAME that is neither set nor has a default is a
 * problem at the scalar's place.
 * @returns by the offset of a value in the text: the variables that were put in
 */
export function substituteEnvironment(
  document: Document.Parsed,
  env: NodeJS.ProcessEnv,
  report: ReportAt,
): Map<number, readonly string[]> {
  const variables = new Map<number, readonly string[]>();
  visit(document, {
    Scalar: (key, scalar, ancestors) => {
      if (key === 'key' || typeof scalar.value !== 'string' || !scalar.value.includes('${')) return;
      const used = new Set<string>();
      const text = substitute(scalar.value, env, used, (name) => {
        report(scalar, ancestors, `the environment variable ${name} is not set and has no default`);
      });
      if (used.size > 0 && scalar.range) variables.set(scalar.range[0], [...used]);
      if (text === scalar.value) return;
      scalar.value = scalar.type === 'PLAIN' ? retype(document, text) : text;
    },
  });
  return variables;
}

/** Reports a problem at a node, which stands below its ancestors. */
export type ReportAt = (node: Node, ancestors: readonly unknown[], message: string) => void;

const REFERENCE = /\$\$\{|\$\{([A-Z0-9_]+)(?::-([^}]*))?\}/g;

/** @param used takes the variables whose values stand in the result, not their defaults */
function substitute(text: string, env: NodeJS.ProcessEnv, used: Set<string>, missing: (name: string) => void): string {
  return text.replace(REFERENCE, (whole, name: string | undefined, fallback: string | undefined) => {
    if (name === undefined) return '${';
    const value = env[name];
    if (fallback !== undefined && (value === undefined || value === '')) return fallback;
    if (value === undefined) missing(name);
    else used.add(name);
    return value ?? whole;
  });
}

/** The value that plain text has by YAML's core schema, as if it had stood there. */
function retype(document: Document.Parsed, text: string): unknown {
  for (const tag of document.schema.tags) {
    if (tag.collection !== undefined || tag.default !== true || tag.test?.test(text) !== true) continue;
    const typed: unknown = tag.resolve(text, () => {}, {});
    return isScalar(typed) ? (typed as Scalar).value : typed;
  }
  return text;
}
