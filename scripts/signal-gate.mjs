/** npm passes Ctrl-C on to its scripts, which the terminal has told already: signals this close together are one. */
const SAME_SIGNAL_MS = 100;

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Listens to the signals that end a process.
 * @param {(signal: NodeJS.Signals) => void} first
 * @param {(signal: NodeJS.Signals) => void} again for each later one
 * @returns {() => void} stops listening
 */
export function signalGate(first, again) {
  let firstAt = 0;
  const listener = (signal) => {
    const now = performance.now();
    if (firstAt === 0) {
      firstAt = now;
      first(signal);
    } else if (now - firstAt > SAME_SIGNAL_MS) {
      again(signal);
    }
  };
  for (const signal of signals) process.on(signal, listener);
  return () => {
    for (const signal of signals) process.off(signal, listener);
  };
}
