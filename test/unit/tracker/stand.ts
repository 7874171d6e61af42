import { Tracker } from '../../../src/tracker/tracker.js';
import { ManualClock } from '../../support/manual-clock.js';
import { type FakeConnection, outcome, report } from './fake-connection.js';

/** A tracker by itself, told as the proxy tells it. */
export class Stand {
  readonly clock = new ManualClock();
  readonly tracker: Tracker;

  /** @param keeps how many of those that ended; null: as many as it does by itself */
  constructor(keeps: number | null = 4) {
    this.tracker = keeps === null ? new Tracker(this.clock) : new Tracker(this.clock, keeps);
  }

  open(connection: FakeConnection): FakeConnection {
    const { exchange } = connection;
    if (exchange.kind === 'sse') this.tracker.streamOpened(exchange, connection);
    else this.tracker.tunnelOpened(exchange, connection);
    return connection;
  }

  close({ exchange }: FakeConnection): void {
    this.tracker.exchangeEnded(exchange, outcome());
    if (exchange.kind !== 'sse') this.tracker.tunnelClosed(exchange, outcome(), report());
  }
}
