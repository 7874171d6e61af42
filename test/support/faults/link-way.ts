import type { LinkSocket } from './link-socket.js';
import { linkTraffic } from './link-traffic.js';
import { asItCame, type Pieces } from './pieces.js';

/** What happens once so many bytes have passed. What comes behind `end` and `swallow` goes nowhere. */
export type Fault =
  | { readonly at: number; readonly does: 'stall'; readonly forMs?: number }
  | { readonly at: number; readonly does: 'reset' | 'end' | 'swallow' };

/** How bytes pass in one direction. */
export interface WaySetup {
  readonly pieces?: Pieces;
  /** In the order of their places. */
  readonly faults?: readonly Fault[];
}

/** What takes part in the life of the whole link. */
interface WayEvents {
  resetBoth(): void;
  /** The source has ended, and all that came before has passed. */
  ended(way: LinkWay, how: 'fin' | 'reset'): void;
  /** The sink takes nothing any more, since its peer is gone. */
  sinkGone(way: LinkWay): void;
}

/** Above it the source is not read: it is made to wait as the sink makes us wait. */
const MAX_QUEUED_BYTES = 64 * 1024;
/** So much is one burst with what follows it until no link moves any more: else megabytes would take minutes. */
const BULK_BYTES = 8 * 1024;

/** One direction of a link: passes what its source sends, in order, cut and spaced and ended as it is told. */
export class LinkWay {
  /** Handed to the sink. */
  passedBytes = 0;
  readonly source: LinkSocket;
  readonly sink: LinkSocket;
  readonly #events: WayEvents;
  readonly #pieces: Pieces;
  readonly #faults: Fault[];
  readonly #queue: Buffer[] = [];
  #queuedBytes = 0;
  #burstBytes = 0;
  /** Moves of all links when nothing waited here last. */
  #emptyAtMoves = 0;
  #sourceEnd: 'fin' | 'reset' | null = null;
  #stalled = false;
  #stallTimer: NodeJS.Timeout | undefined;
  /** The sink has not taken the last piece. */
  #blocked = false;
  /** Takes back the piece that will be written. */
  #due: (() => void) | null = null;
  #swallowing = false;
  #over = false;
  #sinkGone = false;

  constructor(source: LinkSocket, sink: LinkSocket, { pieces = asItCame, faults = [] }: WaySetup, events: WayEvents) {
    this.source = source;
    this.sink = sink;
    this.#events = events;
    this.#pieces = pieces;
    this.#faults = [...faults];
    source.socket.on('data', (bytes: Buffer) => this.#came(bytes));
    source.onEnd = (how) => this.#sourceEnded(how);
  }

  /** True once nothing will pass any more. */
  get over(): boolean {
    return this.#over;
  }

  /** True where that is so because nobody would take it. */
  get sinkGone(): boolean {
    return this.#sinkGone;
  }

  /** Once both ways of a link are there: faults before the first byte come now. */
  start(): void {
    this.source.socket.resume();
    this.#pass();
  }

  /** Passes nothing from here on, neither bytes nor an end. */
  stall(): void {
    this.#stalled = true;
  }

  /** Ends a stall: all that waited passes. */
  release(): void {
    clearTimeout(this.#stallTimer);
    this.#stalled = false;
    this.#pass();
  }

  /** FIN to the sink now; what still comes goes nowhere. */
  end(): void {
    this.#swallow();
    this.sink.socket.end();
  }

  /** For a link that is no more. */
  finish(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#stallTimer);
    this.#drop();
  }

  #came(bytes: Buffer): void {
    if (this.#queuedBytes === 0 && linkTraffic.moves === this.#emptyAtMoves) this.#burstBytes = 0;
    linkTraffic.moves++;
    if (this.#over || this.#swallowing) return;
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    if (this.#queuedBytes >= MAX_QUEUED_BYTES) this.source.socket.pause();
    this.#pass();
  }

  #sourceEnded(how: 'fin' | 'reset'): void {
    linkTraffic.moves++;
    if (this.#over) return;
    this.#sourceEnd = how;
    // Bytes that the sink does not take cannot keep a reset from it.
    if (how === 'reset' && this.#blocked && !this.#stalled) this.#drop();
    if (how === 'reset') this.#blocked = false;
    this.#pass();
  }

  #pass(): void {
    while (!this.#over && !this.#stalled && !this.#blocked && this.#due === null) {
      if (this.#faultCame()) continue;
      if (this.#queuedBytes === 0) {
        this.#passEnd();
        return;
      }
      const piece = this.#pieces(this.#queuedBytes, this.#burstBytes);
      const bytes = Math.min(piece.bytes, (this.#faults[0]?.at ?? Number.POSITIVE_INFINITY) - this.passedBytes);
      if (piece.afterMs === null) this.#write(bytes);
      else this.#writeLater(bytes, piece.afterMs);
    }
  }

  /** True where one happened. */
  #faultCame(): boolean {
    const [fault] = this.#faults;
    if (fault === undefined || this.passedBytes < fault.at) return false;
    this.#faults.shift();
    if (fault.does === 'stall') {
      this.#stalled = true;
      if (fault.forMs !== undefined) this.#stallTimer = setTimeout(() => this.release(), fault.forMs);
    } else if (fault.does === 'reset') {
      this.#events.resetBoth();
    } else if (fault.does === 'end') {
      this.end();
    } else {
      this.#swallow();
    }
    return true;
  }

  #passEnd(): void {
    if (this.#burstBytes < BULK_BYTES) this.#burstBytes = 0;
    this.#emptyAtMoves = linkTraffic.moves;
    if (this.#sourceEnd === null) return;
    this.#over = true;
    linkTraffic.moves++;
    this.#events.ended(this, this.#sourceEnd);
  }

  #writeLater(bytes: number, afterMs: number): void {
    const now = (): void => {
      this.#notDue();
      if (!this.#stalled && !this.#over) this.#write(bytes);
      this.#pass();
    };
    if (afterMs === 0) {
      const immediate = setImmediate(now);
      this.#due = () => clearImmediate(immediate);
    } else {
      let immediate: NodeJS.Immediate | undefined;
      // Timers run before reads: without a turn behind it the receiver would read it together with what came before.
      const timer = setTimeout(() => {
        immediate = setImmediate(now);
      }, afterMs);
      this.#due = () => {
        clearTimeout(timer);
        clearImmediate(immediate);
      };
    }
    linkTraffic.due++;
  }

  #notDue(): void {
    if (this.#due === null) return;
    this.#due();
    this.#due = null;
    linkTraffic.due--;
  }

  #write(bytes: number): void {
    const piece = this.#take(bytes);
    this.passedBytes += piece.length;
    this.#burstBytes += piece.length;
    linkTraffic.moves++;
    this.#blocked = true;
    this.sink.write(piece, (failed) => {
      if (failed) {
        this.#sinkGone = !this.#over;
        this.finish();
        if (this.#sinkGone) this.#events.sinkGone(this);
        return;
      }
      this.#blocked = false;
      this.#pass();
    });
  }

  #take(bytes: number): Buffer {
    const first = this.#queue[0] as Buffer;
    const piece = first.subarray(0, bytes);
    if (piece.length === first.length) this.#queue.shift();
    else this.#queue[0] = first.subarray(piece.length);
    this.#queuedBytes -= piece.length;
    if (this.#queuedBytes < MAX_QUEUED_BYTES) this.source.socket.resume();
    return piece;
  }

  #swallow(): void {
    this.#swallowing = true;
    this.#drop();
  }

  #drop(): void {
    this.#notDue();
    this.#queue.length = 0;
    this.#queuedBytes = 0;
    this.source.socket.resume();
  }
}
