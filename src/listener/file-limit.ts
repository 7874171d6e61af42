import { readFileSync } from 'node:fs';

/** A client connection takes up to two files, its own and its backend's; the rest is for everything else. */
const SHARE = 0.46;
/** What a process of Node has open besides: 24 in Node 24, then listeners, logs, and files it reads. */
const OTHER_FILES = 40;
const DEFAULT_MAX_CONNECTIONS = 10_000;

/** How many client connections the process can hold by its limit of open files; 10,000 where it cannot be read. */
export function defaultMaxConnections(limitsFile = '/proc/self/limits'): number {
  try {
    const limit = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync(limitsFile, 'utf8'))?.[1];
    if (limit === undefined || limit === 'unlimited') return DEFAULT_MAX_CONNECTIONS;
    return Math.max(1, Math.floor(Math.min(Number(limit) * SHARE, (Number(limit) - OTHER_FILES) / 2)));
  } catch {
    return DEFAULT_MAX_CONNECTIONS;
  }
}
