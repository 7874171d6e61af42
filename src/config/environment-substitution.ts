import { type Document, isScalar, type Node, type Scalar, visit } from 'yaml';

/**
 * Puts environment variables into the values of a document: `${NAME}`, `${NAME:-default}` (for a NAME that is not set
 * or empty), `$${` for a literal `${`. It works on values that were parsed already, so that a variable never adds a
 * key. A plain scalar is typed again, a quoted one stays text. A NAME that is neither set nor has a default is a
 * problem at the scalar's place.
 */
export function substituteEnvironment(document: Document.Parsed, env: NodeJS.ProcessEnv, report: ReportAt): void {
  visit(document, {
    Scalar: (key, scalar, ancestors) => {
      if (key === 'key' || typeof scalar.value !== 'string' || !scalar.value.includes('${')) return;
      const text = substitute(scalar.value, env, (name) => {
        report(scalar, ancestors, `the environment variable ${name} is not set and has no default`);
      });
      if (text === scalar.value) return;
      scalar.value = scalar.type === 'PLAIN' ? retype(document, text) : text;
    },
  });
}

/** Reports a problem at a node, which stands below its ancestors. */
export type ReportAt = (node: Node, ancestors: readonly unknown[], message: string) => void;

const REFERENCE = /\$\$\{|\$\{([A-Z0-9_]+)(?::-([^}]*))?\}/g;

function substitute(text: string, env: NodeJS.ProcessEnv, missing: (name: string) => void): string {
  return text.replace(REFERENCE, (whole, name: string | undefined, fallback: string | undefined) => {
    if (name === undefined) return '${';
    const value = env[name];
    if (fallback !== undefined) return value === undefined || value === '' ? fallback : value;
    if (value === undefined) missing(name);
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
