import type { TunnelLeg } from './tunnel-leg.js';

/** For how long no data frame has gone either way. Asked at each sweep, so that no frame has to say that it came. */
export class IdleWatch {
  #frames = 0;
  #sinceMs: number;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  idleMs(client: TunnelLeg, backend: TunnelLeg, nowMs: number): number {
    const frames = client.scanner.dataFrames + backend.scanner.dataFrames;
    if (frames !== this.#frames || client.holdsFrames || backend.holdsFrames) {
      this.#frames = frames;
      this.#sinceMs = nowMs;
    }
    // A long frame goes on.
    for (const leg of [client, backend]) {
      if (!leg.scanner.atFrameBoundary) this.#sinceMs = Math.max(this.#sinceMs, leg.activeAtMs);
    }
    return nowMs - this.#sinceMs;
  }
}
