import type { ProxyProcess } from './proxy-process.js';

/** The environment of a proxy whose kept memory is asked for. */
export const ANSWERS_WHAT_IT_KEEPS = {
  NODE_OPTIONS: `--import=${new URL('kept-on-signal.js', import.meta.url).href}`,
};

const asked = new WeakMap<ProxyProcess, number>();

/**
 * What a proxy started with `ANSWERS_WHAT_IT_KEEPS` keeps once everything was collected that can be: heap and buffers,
 * in bytes. Unlike resident memory it does not tell of young garbage, for which V8 takes more room when it likes.
 */
export async function keptBytes(proxy: ProxyProcess): Promise<number> {
  const nth = (asked.get(proxy) ?? 0) + 1;
  asked.set(proxy, nth);
  proxy.program.signal('SIGUSR2');
  const [, bytes] = await proxy.program.wrote(new RegExp(`kept ${nth}: (\\d+)`));
  return Number(bytes);
}
