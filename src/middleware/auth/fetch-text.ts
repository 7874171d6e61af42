import { get as getPlain } from 'node:http';
import { get as getSecure } from 'node:https';
import type { Clock } from '../../exchange/clock.js';

export interface FetchLimits {
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/**
 * The body of a 200, as UTF-8. Redirects are not followed: who is asked stands in the configuration.
 * @throws Error by the promise: no 200, too much, too late, or what the network says
 */
export function fetchText(url: string, limits: FetchLimits, clock: Clock, signal: AbortSignal): Promise<string> {
  const get = url.startsWith('https:') ? getSecure : getPlain;
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => {
      reject(new Error(reason));
      request.destroy();
    };
    // Without an agent its connection is its own, and ends with it.
    const request = get(url, { agent: false, signal, headers: { Accept: 'application/json' } }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('error', reject);
      response.on('close', () => reject(new Error('its answer broke off')));
      response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        chunks.push(chunk);
        if (bytes > limits.maxBytes) fail(`its answer is over ${limits.maxBytes} bytes`);
      });
      if (response.statusCode !== 200) fail(`it answered ${response.statusCode}`);
    });
    const timer = clock.after(limits.timeoutMs, () => fail(`no answer within ${limits.timeoutMs / 1000} s`));
    request.on('socket', (socket) => socket.unref());
    request.on('error', reject);
    request.on('close', () => timer.cancel());
  });
}
