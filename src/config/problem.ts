/** A place in a configuration file. Line and column count from 1; both are 0 for what stands in no file. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** An error or a warning about a configuration. */
export interface ConfigProblem extends Position {
  /** The key, as in `host_rules[0].target`, counted within its file; empty for the file as a whole. */
  readonly path: string;
  /** What is wrong, in one line. */
  readonly message: string;
  /** What was probably meant. */
  readonly suggestion?: string;
  /** The line of the file, and below it a line with a caret. */
  readonly excerpt?: string;
}

/** Keys and indexes from the top of the configuration down to one value. */
export type ConfigPath = readonly (string | number)[];

/** Something wrong at a path, not yet brought to a place in a file. */
export interface Finding {
  readonly path: ConfigPath;
  /** Where the caret goes. A value that is missing is shown at what should hold it. */
  readonly at: 'key' | 'value';
  readonly message: string;
  readonly suggestion?: string | undefined;
}

/** `host_rules[0].target`; a key that is no plain word is quoted: `services["a.b"]`. */
export function formatPath(path: ConfigPath): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      if (!/^[\w-]+$/.test(part)) return `[${JSON.stringify(part)}]`;
      return index === 0 ? part : `.${part}`;
    })
    .join('');
}
