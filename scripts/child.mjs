import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { root } from './paths.mjs';
import { signalGate } from './signal-gate.mjs';

/**
 * Runs a program in the root of the checkout with our own terminal, and resolves with its exit status. The first
 * SIGINT, SIGTERM or SIGHUP is passed on; a second one kills.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ output?: 'shown' | 'on failure' | 'never', stop?: AbortSignal }} [options] what becomes of
 *   the output; shown unless said. What ends it before its time
 * @returns {Promise<number>}
 */
export function runChild(program, args, options = {}) {
  // A group of its own: Ctrl-C in a terminal would else reach the child twice, from the terminal and from us.
  const detached = process.platform !== 'win32';
  const { output: show = 'shown', stop } = options;
  const stdio = show === 'shown' ? 'inherit' : ['ignore', 'pipe', 'pipe'];
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, stdio, detached });
    const output = [];
    child.stdout?.on('data', (bytes) => output.push(bytes));
    child.stderr?.on('data', (bytes) => output.push(bytes));

    const send = (signal) => {
      try {
        if (detached) process.kill(-child.pid, signal);
        else child.kill(signal);
      } catch {
        // It ended in the meantime.
      }
    };
    const close = signalGate(
      (signal) => send(signal),
      () => send('SIGKILL'),
    );
    const end = () => send('SIGTERM');
    stop?.addEventListener('abort', end);
    const finish = (status) => {
      stop?.removeEventListener('abort', end);
      close();
      if (status !== 0 && show === 'on failure') process.stderr.write(Buffer.concat(output));
      resolve(status);
    };
    child.on('error', (error) => {
      console.error(`${program} could not be started: ${error.message}`);
      finish(1);
    });
    child.on('close', (code, signal) => finish(exitStatus(code, signal)));
  });
}

/**
 * @param {number | null} code
 * @param {NodeJS.Signals | null} signal
 * @returns {number} as a shell counts: 128 and the signal's number
 */
export function exitStatus(code, signal) {
  if (code !== null) return code;
  return 128 + (signal === null ? 0 : constants.signals[signal]);
}
