import { readdirSync, statSync } from 'node:fs';

const FOLDER = '/proc/self/fd';

/**
 * How many files the process has open; undefined: it cannot be known here. Linux 6.2 and later say it in one number;
 * before, listing them takes ten milliseconds for ten thousand.
 */
export function openFiles(): number | undefined {
  try {
    const { size } = statSync(FOLDER);
    // One less: that which listed them.
    return size > 0 ? size : readdirSync(FOLDER).length - 1;
  } catch {
    return undefined;
  }
}
