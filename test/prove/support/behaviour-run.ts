import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as after } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { temporaryFolder } from './folder.js';
import { Program, plainEnvironment } from './program.js';
import { root } from './repository.js';

/** Of the time for all: a file that hangs is named before that is over. */
const SHARE_OF_A_FILE = 0.8;
/** To start a process, and load what nearly all need, takes longer than many a file does. */
const FILES_A_PROCESS = 5;
/** Asks the collector what its whole process holds. */
const ALONE = 'reload-memory.test.js';

export interface BehaviourRun {
  /** Files of the behaviour suite as they were built. */
  readonly files: readonly string[];
  readonly atOnce: number;
  /** Less than what the test itself is given: that one's timeout would say nothing of what passed and failed. */
  readonly withinMs: number;
  /** Added to the environment: what is different in this run. */
  readonly variables: NodeJS.ProcessEnv;
}

/** Runs files of the behaviour suite, which must all pass. @returns what was written, and how many tests passed */
export async function runBehaviours(t: TestContext, run: BehaviourRun): Promise<{ output: string; passed: number }> {
  const timeoutMs = Math.round(run.withinMs * SHARE_OF_A_FILE);
  const args = ['--test', `--test-concurrency=${run.atOnce}`, `--test-timeout=${timeoutMs}`];
  const reporter = ['--test-reporter=./scripts/reporter.mjs', '--test-reporter-destination=stdout'];
  const env = { ...plainEnvironment(), ...run.variables };
  const program = new Program(process.execPath, [...args, ...reporter, ...inGroups(run.files)], { cwd: root, env });
  t.after(() => program.kill());
  const end = await Promise.race([program.ended(), after(run.withinMs, null, { ref: false })]);
  if (end === null) assert.fail(`${dots(program.output)} passed in ${run.withinMs} ms\n${whatFailed(program.output)}`);
  assert.equal(end.status, 0, whatFailed(program.output));
  return { output: program.output, passed: Number(/^# pass (\d+)$/m.exec(program.output)?.[1]) };
}

/** Modules that import several of the files each. */
function inGroups(files: readonly string[]): string[] {
  const folder = temporaryFolder();
  const modules = files.filter((file) => file.endsWith(ALONE));
  const social = files.filter((file) => !file.endsWith(ALONE));
  for (let from = 0; from < social.length; from += FILES_A_PROCESS) {
    const group = social.slice(from, from + FILES_A_PROCESS).map((file) => pathToFileURL(resolve(root, file)).href);
    const module = join(folder, `${modules.length}.test.mjs`);
    writeFileSync(module, group.map((url) => `import ${JSON.stringify(url)};\n`).join(''));
    modules.push(module);
  }
  return modules;
}

/** Tests that passed, while the summary is still to come. */
function dots(output: string): number {
  return (output.match(/^\.+$/gm) ?? []).join('').length;
}

/** The names of what failed, then all that is told of it: a log may be cut behind its first lines. */
function whatFailed(output: string): string {
  const failures = output.match(/^FAILED .*(?:\n {2}.*)*/gm) ?? [];
  if (failures.length === 0) return output.replace(/^\.+\n?/gm, '');
  const names = failures.map((failure) => failure.split('\n', 1)[0]);
  return [...names, '', ...failures].join('\n');
}
