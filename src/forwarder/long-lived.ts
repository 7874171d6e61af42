import type { Clock } from '../exchange/clock.js';
import { evenly } from '../exchange/evenly.js';
import type { Exchange } from '../exchange/exchange.js';
import { Roster } from '../exchange/roster.js';
import type { Backend } from '../service/backend.js';

/** Something that goes on until it is told to end: an event stream or a tunnel. */
export interface LongLived {
  /** For the roster of what is open; begins as OFF_ROSTER. */
  openPlace: number;
  readonly exchange: Exchange;
  /** Null where it was given back. */
  readonly backend: Backend | null;
  /** Ends at the next good place. @param why for the log; not given: the proxy shuts down */
  drain(why?: string): void;
  /** Ends now. */
  cut(): void;
}

/** Why a reload drains: for the log. */
export const REMOVED = 'its rule, service or backend was removed';

/** Event streams and tunnels that are open. */
export class LongLivedRoster extends Roster<'openPlace', LongLived> {
  /** Why it is not to stay; null: it is. Asked when it opens, for a reload or a failure may have come first. */
  unwanted: (one: LongLived) => string | null = () => null;

  constructor() {
    super('openPlace');
  }

  override add(one: LongLived): void {
    super.add(one);
    // Not from within its opening.
    const why = this.unwanted(one);
    if (why !== null) process.nextTick(drain, one, why);
  }

  /** Ends all of them, evenly over a time. @param goOn as long as it says so, those that come later too */
  drainAll(overMs: number, clock: Clock, goOn: () => boolean): void {
    const told = new WeakSet<LongLived>();
    const tell = (one: LongLived): void => {
      if (told.has(one) || !this.has(one)) return;
      told.add(one);
      one.drain();
    };
    evenly([...this].toReversed(), overMs, clock, tell, () => {
      // A handshake that was on its way when it began has its tunnel open only now.
      for (const one of this) tell(one);
      return goOn();
    });
  }
}

function drain(one: LongLived, why: string): void {
  one.drain(why);
}
