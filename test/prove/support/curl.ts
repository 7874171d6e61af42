import { execFile } from 'node:child_process';
import { plainEnvironment } from './program.js';

export interface CurlEnd {
  /** 0 where all went well. */
  readonly status: number;
  readonly body: Buffer;
  readonly error: string;
}

/** Runs curl to its end, within a minute, without a configuration file. */
export function curl(...args: readonly string[]): Promise<CurlEnd> {
  return new Promise((resolve, reject) => {
    const options = {
      encoding: 'buffer' as const,
      maxBuffer: 256 * 1024 * 1024,
      env: plainEnvironment(),
      timeout: 70_000,
    };
    execFile('curl', ['-q', '-sS', '--max-time', '60', ...args], options, (error, stdout, stderr) => {
      const status = error === null ? 0 : error.code;
      if (typeof status !== 'number') reject(error ?? new Error('curl told no status'));
      else resolve({ status, body: stdout, error: stderr.toString() });
    });
  });
}

/** The last head and the body behind it, of what `curl -i` wrote. */
export function parseAnswer({ body }: CurlEnd): { status: number; head: string; body: Buffer } {
  let rest = body;
  for (;;) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) throw new Error(`no head in ${rest.toString('latin1').slice(0, 300)}`);
    const head = rest.subarray(0, end).toString('latin1');
    rest = rest.subarray(end + 4);
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1]);
    if (status >= 200 || status === 101) return { status, head, body: rest };
  }
}
