import { linesOf } from './tree.js';

export interface FunctionLength {
  /** Of the line that opens the body, from 1. */
  readonly line: number;
  readonly lines: number;
}

const CONTROL = /^\s*(?:\} )?(?:if|else|for|while|do|switch|try|catch|finally|class|interface|static \{)\b/;
const OPENS_FUNCTION = [
  /=> \{$/,
  /\bfunction\b.*\{$/,
  // A method, or the last line of a list of parameters that takes several.
  /^\s*(?:[\w#*]+ )*[#\w$]+(?:<.*>)?\(.*\)(?:: .*)? \{$/,
  /^\s*\)(?:: .*)? \{$/,
];

/**
 * Every function with a body of its own lines. It leans on the formatter: the brace that closes a body stands first in
 * a line, as far in as the line that opened it.
 */
export function functionLengths(text: string): FunctionLength[] {
  const lines = linesOf(text);
  return lines.flatMap((line, index) => {
    if (CONTROL.test(line) || !OPENS_FUNCTION.some((pattern) => pattern.test(line))) return [];
    const closing = `${/^\s*/.exec(line)?.[0]}}`;
    const end = lines.findIndex((other, at) => at > index && other.startsWith(closing));
    return end === -1 ? [] : [{ line: index + 1, lines: end - index + 1 }];
  });
}
