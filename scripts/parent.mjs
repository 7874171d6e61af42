/** How often the parent is looked for, in milliseconds. */
const PERIOD_MS = 250;

/**
 * Ends this process as SIGTERM would once its parent is gone. npm runs scripts in a shell, and a SIGTERM for npm ends
 * that shell without reaching what runs in it.
 * @param {NodeJS.ProcessEnv} environment npm names its script here; without one the parent is nobody's messenger
 */
export function endWithParent(environment = process.env) {
  if (environment.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, PERIOD_MS);
  timer.unref();
}
