import type { Channel } from '../../../src/channel/channel.js';
import { Deadlines } from '../../../src/channel/deadlines.js';
import type { Address, Dialer, DialListener } from '../../../src/channel/dialer.js';
import type { BackendHost } from '../../../src/connection/backend-connection.js';
import { Counters } from '../../../src/exchange/counters.js';
import { ManualClock } from '../../support/manual-clock.js';

interface Dial {
  readonly address: Address;
  readonly listener: DialListener;
  cancelled: boolean;
}

/** A process around backend connections whose dials the test answers. */
export class ScriptedHost implements BackendHost {
  readonly clock = new ManualClock();
  readonly deadlines = new Deadlines(this.clock);
  readonly counters = new Counters();
  readonly dials: Dial[] = [];
  readonly dialer: Dialer = (address, listener) => {
    const dial: Dial = { address, listener, cancelled: false };
    this.dials.push(dial);
    return () => {
      dial.cancelled = true;
    };
  };

  /** Answers the dial with this number. */
  connect(index: number, channel: Channel): void {
    this.dials[index]?.listener.dialConnected(channel);
  }

  refuse(index: number, code: string): void {
    this.dials[index]?.listener.dialFailed(Object.assign(new Error(`connect ${code}`), { code }));
  }
}
