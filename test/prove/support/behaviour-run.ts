import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as after } from 'node:timers/promises';
import { Program, plainEnvironment } from './program.js';
import { root } from './repository.js';

/** Of the time for all: a file that hangs is named before that is over. */
const SHARE_OF_A_FILE = 0.8;

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
  const program = new Program(process.execPath, [...args, ...reporter, ...run.files], { cwd: root, env });
  t.after(() => program.kill());
  const end = await Promise.race([program.ended(), after(run.withinMs, null, { ref: false })]);
  if (end === null) assert.fail(`${dots(program.output)} passed in ${run.withinMs} ms\n${whatFailed(program.output)}`);
  assert.equal(end.status, 0, whatFailed(program.output));
  return { output: program.output, passed: Number(/^# pass (\d+)$/m.exec(program.output)?.[1]) };
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
