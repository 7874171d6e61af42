import { availableParallelism } from 'node:os';

/**
 * Arguments for node that run these test files.
 * @param {readonly string[]} files Node 20 takes no patterns after --test
 * @param {{ serial: boolean, timeoutMs: number }} options
 * @returns {string[]}
 */
export function testRun(files, { serial, timeoutMs }) {
  // Most of a socket test is waiting: with one core, too, two at a time are faster than one.
  const concurrency = serial ? 1 : Math.max(2, availableParallelism());
  return [
    '--test',
    `--test-concurrency=${concurrency}`,
    `--test-timeout=${timeoutMs}`,
    '--test-reporter=./scripts/reporter.mjs',
    '--test-reporter-destination=stdout',
    ...files,
  ];
}
