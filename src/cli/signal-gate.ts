import { settledLater } from './settled-later.js';

/** npm and a terminal both pass Ctrl-C on: signals this close together are one. */
const SAME_SIGNAL_MS = 100;

const ENDING = ['SIGTERM', 'SIGINT'] as const;

export interface SignalGate {
  /** Resolves with the first signal that asks the process to end. */
  readonly first: Promise<NodeJS.Signals>;
  /** Resolves with the next one. */
  readonly second: Promise<NodeJS.Signals>;
  /** Signals do again what they do by default. */
  close(): void;
}

/** Listens for SIGTERM and SIGINT, and for `others` that shall mean the same. */
export function openSignalGate(others: readonly NodeJS.Signals[] = []): SignalGate {
  const signals: readonly NodeJS.Signals[] = [...ENDING, ...others];
  const first = settledLater<NodeJS.Signals>();
  const second = settledLater<NodeJS.Signals>();
  let firstAt: number | undefined;
  const listener = (signal: NodeJS.Signals) => {
    const now = performance.now();
    firstAt ??= now;
    if (firstAt === now) first.resolve(signal);
    else if (now - firstAt > SAME_SIGNAL_MS) second.resolve(signal);
  };
  for (const signal of signals) process.on(signal, listener);
  return {
    first: first.promise,
    second: second.promise,
    close: () => {
      for (const signal of signals) process.off(signal, listener);
    },
  };
}
