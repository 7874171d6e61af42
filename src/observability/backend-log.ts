import type { BackendChange } from '../exchange/backend-change.js';
import type { Log } from '../exchange/log.js';

const LINES: Readonly<Record<BackendChange['became'], readonly ['info' | 'warn', string]>> = {
  healthy: ['info', 'backend healthy'],
  unhealthy: ['warn', 'backend unhealthy'],
  'taken-out': ['warn', 'backend taken out'],
  'brought-back': ['info', 'backend brought back'],
  changed: ['info', 'backend changed'],
};

/** A line for each change of a backend: it comes once. */
export function backendLog(log: Log): (change: BackendChange) => void {
  return ({ service, backend, address, became, reason }) => {
    const [level, message] = LINES[became];
    log.write(level, message, { service, backend, address, reason });
  };
}
