import type { Clock } from '../exchange/clock.js';
import { evenly } from '../exchange/evenly.js';
import type { ProxyEvents, TunnelReport } from '../exchange/events.js';
import type { Exchange } from '../exchange/exchange.js';
import type { OpenConnection } from '../exchange/open-connection.js';
import type { Outcome } from '../exchange/outcome.js';
import type { CloseOrder } from './close-order.js';
import { type ClosedEntry, closedStream, closedTunnel } from './closed-entry.js';
import { type ConnectionEntry, connectionEntry } from './connection-entry.js';
import { type ConnectionFilter, holdsForEnded, holdsForOpen } from './connection-filter.js';
import { Ledger } from './ledger.js';
import { OpenList, type Tracked } from './open-list.js';

export const PAGE_LIMITS = { standard: 100, most: 1000 } as const;

const LEDGER_CAPACITY = 1000;
/** Looked at in one call, matching or not: a filter that hardly anything passes must not hold up the relays. */
const MOST_LOOKED_AT = 5000;

export interface PageRequest {
  readonly filter?: ConnectionFilter;
  /** From the `next` of the page before. */
  readonly cursor?: string;
  /** At most 1,000; default 100. */
  readonly limit?: number;
}

export interface ConnectionPage {
  readonly connections: readonly ConnectionEntry[];
  /** The cursor of the next page, which may be an empty one; null: this was the last. */
  readonly next: string | null;
}

/** Knows every tunnel and event stream that is open, and the last that were. A wing: told by events, never asked in the path. */
export class Tracker implements ProxyEvents, Iterable<OpenConnection> {
  readonly #clock: Clock;
  readonly #open = new OpenList();
  readonly #closed: Ledger<ClosedEntry>;

  constructor(clock: Clock, ledgerCapacity = LEDGER_CAPACITY) {
    this.#clock = clock;
    this.#closed = new Ledger(ledgerCapacity);
  }

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  *[Symbol.iterator](): Generator<OpenConnection, void> {
    for (const { connection } of this.#open) if (connection !== null) yield connection;
  }

  /** The one with this id; undefined: there is none. */
  find(id: string): ConnectionEntry | undefined {
    for (const { connection } of this.#open.withId(id)) {
      if (connection !== null) return connectionEntry(connection, this.#clock);
    }
    return undefined;
  }

  /**
   * Some of those that are open, in the order they opened. Whoever follows `next` to its end sees each that was open all
   * the while exactly once.
   * @throws RangeError for a cursor that no page ever had
   */
  page({ filter = {}, cursor = '0', limit = PAGE_LIMITS.standard }: PageRequest = {}): ConnectionPage {
    if (!/^\d{1,15}$/.test(cursor)) throw new RangeError('the cursor is none: take `next` of the page before');
    const connections: ConnectionEntry[] = [];
    let lookedAt = 0;
    let place = Number(cursor);
    for (const tracked of this.#open.behind(place)) {
      if (connections.length >= Math.min(limit, PAGE_LIMITS.most) || lookedAt >= MOST_LOOKED_AT) {
        return { connections, next: String(place) };
      }
      place = tracked.place;
      lookedAt++;
      const { connection } = tracked;
      if (connection === null || !holdsForOpen(filter, connection)) continue;
      connections.push(connectionEntry(connection, this.#clock));
    }
    return { connections, next: null };
  }

  /** Those that have ended, the last 1,000 of them, the newest first. */
  closed(filter: ConnectionFilter = {}, limit: number = PAGE_LIMITS.standard): ClosedEntry[] {
    const found: ClosedEntry[] = [];
    for (const entry of this.#closed) {
      if (found.length >= limit) break;
      if (holdsForEnded(filter, entry)) found.push(entry);
    }
    return found;
  }

  /** Ends the one with this id at the next good place. @returns how many there were */
  close(id: string, order: CloseOrder): number {
    const all = [...this.#open.withId(id)];
    for (const tracked of all) end(tracked, order);
    return all.length;
  }

  /**
   * Ends all that match now, each at the next good place, spread evenly.
   * @param perSecond how many, more than 0
   * @returns how many there are
   */
  closeMatching(filter: ConnectionFilter, order: CloseOrder, perSecond: number): number {
    const matching = [...this.#open].filter(
      ({ connection }) => connection !== null && holdsForOpen(filter, connection),
    );
    evenly(matching, (matching.length / perSecond) * 1000, this.#clock, (tracked) => end(tracked, order));
    return matching.length;
  }

  tunnelOpened(_exchange: Exchange, tunnel: OpenConnection): void {
    this.#open.add(tunnel);
  }

  streamOpened(_exchange: Exchange, stream: OpenConnection): void {
    this.#open.add(stream);
  }

  tunnelClosed(exchange: Exchange, outcome: Outcome, report: TunnelReport): void {
    this.#ended(exchange, (connection) => closedTunnel(connection, outcome, report, this.#clock));
  }

  /** Of tunnels `tunnelClosed` knows more. */
  exchangeEnded(exchange: Exchange, outcome: Outcome): void {
    if (exchange.kind !== 'sse') return;
    this.#ended(exchange, (connection, told) => closedStream(connection, outcome, told, this.#clock));
  }

  requestRefused(): void {}

  connectionRefused(): void {}

  #ended(exchange: Exchange, entryOf: (connection: OpenConnection, told: boolean) => ClosedEntry): void {
    for (const tracked of this.#open.withId(exchange.id)) {
      const { connection, told } = tracked;
      if (connection?.exchange !== exchange) continue;
      this.#open.delete(tracked);
      this.#closed.add(entryOf(connection, told));
      return;
    }
  }
}

function end(tracked: Tracked, { code, reason }: CloseOrder): void {
  tracked.told = true;
  tracked.connection?.close(code, reason);
}
