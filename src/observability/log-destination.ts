import { createWriteStream, fstatSync } from 'node:fs';
import type { Writable } from 'node:stream';

/**
 * A stream to standard output that does not block the process where that can be avoided: Node writes to files on
 * stdout synchronously, and to pipes and sockets only where the system has no other way.
 */
export function standardOutput(): Writable {
  const { stdout } = process;
  if (stdout.isTTY || !isFile(stdout.fd)) return stdout;
  return createWriteStream('', { fd: stdout.fd, autoClose: false });
}

function isFile(fd: number): boolean {
  try {
    return fstatSync(fd).isFile();
  } catch {
    return false;
  }
}
