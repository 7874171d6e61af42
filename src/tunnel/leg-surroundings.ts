import type { Deadlines } from '../channel/deadlines.js';
import type { Clock } from '../exchange/clock.js';
import type { RelayedMessage } from '../exchange/events.js';
import type { TunnelNumbers } from '../exchange/tunnel-numbers.js';
import type { TunnelPolicy } from '../exchange/tunnel-policy.js';
import type { FrameFault } from '../protocol/websocket/frame-scanner.js';

/** The tunnel, as far as its legs know it. */
export interface LegOwner<Leg> {
  /** Bytes of this side were relayed: a frame or message may have ended. */
  legRelayed(leg: Leg): void;
  /** A Close came from this side. `answer`: to the one that we sent it. */
  closeReceived(leg: Leg, answer: boolean): void;
  legFaulted(leg: Leg, fault: FrameFault): void;
  /** A message came for which there was no token. */
  legTooFast(leg: Leg): void;
  /** This side sends or takes nothing any more, without a word or after a Close. */
  legEnded(leg: Leg, how: string): void;
  legClosed(leg: Leg, error: Error | null): void;
}

/** What both legs of a tunnel share. */
export interface LegSurroundings<Leg> {
  readonly owner: LegOwner<Leg>;
  readonly policy: TunnelPolicy;
  readonly deadlines: Deadlines;
  readonly clock: Clock;
  /** Which reserved bits an agreed extension uses. */
  readonly reserved: 'none' | 'rsv1' | 'any';
  readonly numbers: TunnelNumbers;
  /** Told of each message; null: nobody is. */
  readonly messageRelayed: ((message: RelayedMessage) => void) | null;
}
