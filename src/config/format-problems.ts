import type { ConfigProblem } from './problem.js';

export interface ProblemFormat {
  readonly color: boolean;
  /** What the problems are; `error` unless given. */
  readonly kind?: 'error' | 'warning';
}

/**
 * Problems for a reader, in the order given: each as `file:line:column: path: what is wrong`, the line, a caret, and
 * what was probably meant; then how many they are. Empty for none.
 */
export function formatProblems(problems: readonly ConfigProblem[], format: ProblemFormat): string {
  const { color, kind = 'error' } = format;
  if (problems.length === 0) return '';
  const paint = color ? paintWith : plain;
  const accent = kind === 'error' ? RED : YELLOW;
  const blocks = problems.map((problem) => formatProblem(problem, accent, paint));
  const count = `${problems.length} ${kind}${problems.length === 1 ? '' : 's'}`;
  return `${blocks.join('\n')}\n${paint(accent, count)}\n`;
}

const BOLD = '1';
const RED = '31';
const YELLOW = '33';
const CYAN = '36';

type Paint = (code: string, text: string) => string;

function plain(_code: string, text: string): string {
  return text;
}

function paintWith(code: string, text: string): string {
  return `\u001b[${code}m${text}\u001b[0m`;
}

/** One problem as `formatProblems` has it; without colours unless they are given. */
export function formatProblem(problem: ConfigProblem, accent = RED, paint: Paint = plain): string {
  const place = problem.line === 0 ? problem.file : `${problem.file}:${problem.line}:${problem.column}`;
  const path = problem.path === '' ? '' : `${printable(problem.path)}: `;
  const lines = [`${paint(BOLD, `${place}:`)} ${path}${paint(accent, printable(problem.message))}`];
  const [source, caret] = (problem.excerpt ?? '').split('\n');
  if (source !== undefined && caret !== undefined) lines.push(`  ${source}`, `  ${paint(accent, caret)}`);
  if (problem.suggestion !== undefined) {
    lines.push(`  did you mean ${paint(CYAN, `"${printable(problem.suggestion)}"`)}?`);
  }
  return lines.join('\n');
}

/** What a file says never moves a terminal's cursor. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '\u00b7');
}
