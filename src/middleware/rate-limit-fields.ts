import type { RateLimit } from '../exchange/bucket-table.js';
import { type FieldLine, lastingLines } from '../protocol/http1/field-line.js';
import type { HeaderList } from '../protocol/http1/header-list.js';

/** How far below full it is remembered what clients were told: most are never further from it. */
const REMEMBERED = 256;
/** Of what remains: sums of intervals such as 60/7 ms are not exact. */
const ROUNDING = 1e-6;

/** What one client is told: the fields of draft-ietf-httpapi-ratelimit-headers-07. */
interface Told {
  readonly remaining: number;
  readonly resetSeconds: number;
  readonly lines: readonly FieldLine[];
}

/** Tells clients what a limit still lets through. */
export class RateLimitFields {
  readonly #limit: RateLimit;
  /** By what is missing from a full bucket. */
  readonly #told = new Array<Told | null>(REMEMBERED).fill(null);

  constructor(limit: RateLimit) {
    this.#limit = limit;
  }

  /**
   * Where several limits hold, another instance's or the backend's own, the nearest is told.
   * @param lackMs until the bucket of this client is full again
   */
  tell(headers: HeaderList, lackMs: number): void {
    const { remaining, lines } = this.#toldAt(lackMs);
    if (!tellsLimit(headers)) {
      for (let index = 0; index < lines.length; index++) headers.appendLine(lines[index] as FieldLine);
      return;
    }
    const told = headers.getKnown('ratelimit-remaining');
    if (told !== undefined && Number(told) <= remaining) return;
    for (let index = 0; index < lines.length; index++) headers.setLine(lines[index] as FieldLine);
  }

  #toldAt(lackMs: number): Told {
    const { intervalMs, burst } = this.#limit;
    const remaining = Math.max(0, Math.floor(burst - lackMs / intervalMs + ROUNDING));
    const resetSeconds = Math.ceil(lackMs / 1000);
    const missing = burst - remaining;
    const before = missing < REMEMBERED ? (this.#told[missing] as Told | null) : null;
    if (before !== null && before.resetSeconds === resetSeconds) return before;
    const lines = lastingLines([
      ['RateLimit-Limit', String(burst)],
      ['RateLimit-Remaining', String(remaining)],
      ['RateLimit-Reset', String(resetSeconds)],
    ]);
    const told = { remaining, resetSeconds, lines };
    if (missing < REMEMBERED) this.#told[missing] = told;
    return told;
  }
}

const SMALL_R = 0x72;
const SHORTEST_NAME = 'ratelimit-limit'.length;

/** Whether one of the fields may be there. Mostly none is, which one look at each name shows. */
function tellsLimit(headers: HeaderList): boolean {
  for (let index = 0; index < headers.size; index++) {
    const name = headers.lowerNameAt(index);
    if (name.length >= SHORTEST_NAME && name.charCodeAt(0) === SMALL_R) return true;
  }
  return false;
}
