import type { ProxyProcess } from './proxy-process.js';

const PERIOD_MS = 50;
const MIB = 1024 * 1024;

/** Samples the resident memory of a proxy (VmRSS of /proc/PID/status) every 50 ms. */
export class MemoryWatch {
  readonly #proxy: ProxyProcess;
  readonly #samples: number[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(proxy: ProxyProcess) {
    this.#proxy = proxy;
    this.#timer = setInterval(() => this.#sample(), PERIOD_MS);
    this.#sample();
  }

  /** Stops. @returns the highest level seen, in bytes */
  stop(): number {
    clearInterval(this.#timer);
    if (this.#proxy.program.alive) this.#sample();
    return Math.max(...this.#samples);
  }

  #sample(): void {
    if (this.#proxy.program.alive) this.#samples.push(this.#proxy.residentBytes());
  }
}

/** The highest level of the proxy's memory while `work` runs, in bytes. */
export async function peakWhile(proxy: ProxyProcess, work: () => Promise<void>): Promise<number> {
  const watch = new MemoryWatch(proxy);
  try {
    await work();
  } finally {
    watch.stop();
  }
  return watch.stop();
}

export function inMiB(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}

export function inKiB(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KiB`;
}
