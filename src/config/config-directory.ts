import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { outsideProblem } from './environment.js';
import { failureCode, reasonOf } from './file-failure.js';
import type { ConfigProblem, Finding } from './problem.js';
import { fieldOf } from './raw-value.js';
import { parseSource, problemOf, type Source } from './source.js';

/** The files of a `config_dir`, as far as they can be read. */
export interface DirectoryFiles {
  readonly sources: readonly Source[];
  readonly errors: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
}

/** Reads every `*.yaml`, `*.yml` and `*.json` of the main file's `config_dir`, in alphabetical order. */
export function readConfigDirectory(main: Source, env: NodeJS.ProcessEnv): DirectoryFiles {
  const named = fieldOf(main.value, 'config_dir');
  if (typeof named !== 'string' || named === '') return { sources: [], errors: [], warnings: [] };
  const directory = path.resolve(path.dirname(main.file), named);
  const shown = path.isAbsolute(named) ? named : path.join(path.dirname(main.file), named);
  let names: string[];
  try {
    names = configFilesOf(directory, main.file);
  } catch (error) {
    const missing = isMissing(error);
    const message = missing ? `there is no directory ${shown}` : `${shown}: ${reasonOf(error)}`;
    const finding: Finding = { path: ['config_dir'], at: 'value', message };
    const problem = problemOf(main, finding);
    return { sources: [], errors: missing ? [] : [problem], warnings: missing ? [problem] : [] };
  }
  const errors: ConfigProblem[] = [];
  const sources = names.flatMap((name) => {
    const read = readSource(path.join(shown, name), env);
    errors.push(...read.problems);
    return read.source === undefined ? [] : [read.source];
  });
  return { sources, errors, warnings: [] };
}

/**
 * What a configuration is read from, as far as it can be told: the main file, its `config_dir`, and the files in that.
 */
export function configFiles(mainFile: string, env: NodeJS.ProcessEnv): string[] {
  const named = fieldOf(readSource(mainFile, env).source?.value, 'config_dir');
  if (typeof named !== 'string' || named === '') return [mainFile];
  const directory = path.resolve(path.dirname(mainFile), named);
  try {
    const names = configFilesOf(directory, mainFile);
    return [mainFile, directory, ...names.map((name) => path.join(directory, name))];
  } catch {
    return [mainFile, directory];
  }
}

/** Reads one file. Without a source: it cannot be read, and the problem says why. */
export function readSource(
  file: string,
  env: NodeJS.ProcessEnv,
): { source: Source | undefined; problems: ConfigProblem[] } {
  try {
    return parseSource(file, new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file)), env);
  } catch (error) {
    return { source: undefined, problems: [outsideProblem(file, '', reasonOf(error))] };
  }
}

function configFilesOf(directory: string, mainFile: string): string[] {
  const main = isThere(mainFile) ? realpathSync(mainFile) : undefined;
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && /^[^.].*\.(ya?ml|json)$/.test(entry.name))
    .map(({ name }) => name)
    .filter((name) => {
      const file = path.join(directory, name);
      return main === undefined || !isThere(file) || realpathSync(file) !== main;
    })
    .sort();
}

function isThere(file: string): boolean {
  try {
    realpathSync(file);
    return true;
  } catch {
    return false;
  }
}

function isMissing(error: unknown): boolean {
  return failureCode(error) === 'ENOENT';
}
