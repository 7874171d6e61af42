import type { Channel } from '../channel/channel.js';
import type { Deadlines, Sweepable } from '../channel/deadlines.js';
import { LingeringClose } from '../channel/lingering-close.js';
import type { UpgradedSide } from '../connection/client-response.js';
import type { TunnelReport } from '../exchange/events.js';
import type { ConnectionView } from '../exchange/open-connection.js';
import { ProxyError } from '../exchange/proxy-error.js';
import { OFF_ROSTER } from '../exchange/roster.js';
import type { TunnelPolicy } from '../exchange/tunnel-policy.js';
import type { FrameFault } from '../protocol/websocket/frame-scanner.js';
import { type Ending, type EndingCode, endingOf, GOING_AWAY } from './endings.js';
import { type LegOwner, TunnelLeg } from './tunnel-leg.js';
import { reportOf, viewOf } from './tunnel-report.js';

/** A planned ending waits so long for the end of a message, and then once more for the end of a frame. */
const BOUNDARY_WAIT_MS = 2000;

/** An ending that waits for its place, with what it says other than the table. */
interface PlannedEnding extends Partial<Ending> {
  readonly code: EndingCode;
  /** For the log. */
  readonly detail: string;
}

export interface TunnelParts {
  readonly client: UpgradedSide;
  readonly backend: Channel;
  readonly policy: TunnelPolicy;
  readonly deadlines: Deadlines;
  /** The exact time, for how long it lasted: that of the deadlines moves in steps, and stands still while we sleep. */
  nowMs(): number;
  /** The value of Sec-WebSocket-Extensions that both sides agreed on; empty: none. */
  readonly extensions: string;
}

export interface TunnelEnd {
  /** What ended it; null where an endpoint closed it. */
  readonly error: ProxyError | null;
  readonly report: TunnelReport;
}

/**
 * Relays an upgraded connection: two channels, two directions, one teardown. Whatever ends it, each side that can
 * still be told is told by a Close:
 * - Once a Close went to a side, nothing more is written to it. What it still sends is relayed while the other side may
 *   be written to, else read and discarded; its answer to a Close of ours is swallowed.
 * - After the first Close both sides have `closeTimeoutMs`; a side that is done is ended, and lingers.
 * - An ending that nobody planned cannot put a Close into the middle of a frame: that side is cut.
 * - A planned one waits for the end of a message, then of a frame, then cuts. The client is told first; what it still
 *   sends reaches the backend until it answers.
 */
export class Tunnel implements LegOwner, Sweepable {
  sweepPlace = OFF_ROSTER;
  readonly #client: TunnelLeg;
  readonly #backend: TunnelLeg;
  readonly #parts: TunnelParts;
  readonly #ended: (end: TunnelEnd) => void;
  readonly #openedAtMs: number;
  #error: ProxyError | null = null;
  #closedBy: 'client' | 'backend' | 'proxy' | null = null;
  #plannedAtMs: number | null = null;
  #planned: PlannedEnding | null = null;
  #closeDeadlineMs: number | null = null;
  #over = false;

  /** @param ended called once, when both channels are closed */
  constructor(parts: TunnelParts, ended: (end: TunnelEnd) => void) {
    const { deadlines } = parts;
    this.#parts = parts;
    this.#ended = ended;
    this.#openedAtMs = parts.nowMs();
    const reserved = reservedBy(parts.extensions);
    const client = parts.client.channel;
    this.#client = new TunnelLeg({ side: 'client', channel: client, owner: this, deadlines, reserved });
    this.#backend = new TunnelLeg({ side: 'backend', channel: parts.backend, owner: this, deadlines, reserved });
    this.#client.other = this.#backend;
    this.#backend.other = this.#client;
  }

  start(): void {
    this.#parts.deadlines.add(this);
    this.#client.start();
    this.#backend.start();
  }

  /** Ends at the next good place. @param why for the log */
  drain(why = 'the proxy shuts down'): void {
    this.#plan({ code: 'drained', detail: why });
  }

  /** Ends at the next good place by an operator's word: the client is told `code` and `reason`. */
  close(code: number, reason: string): void {
    this.#plan({ code: 'tunnel-killed', detail: reason, toClient: code, reason });
  }

  #plan(planned: PlannedEnding): void {
    if (this.#planned !== null || this.#closedBy !== null) return;
    this.#plannedAtMs = this.#parts.deadlines.nowMs;
    this.#planned = planned;
    // In a stream without a pause no chunk ends where a message does.
    this.#backend.scanner.everyFrame = true;
    this.#tryPlanned();
  }

  /** Ends now. */
  cut(): void {
    this.#blame('drained', 'still open at the end of drain_timeout', 'proxy');
    this.#cutLeg(this.#client);
    this.#cutLeg(this.#backend);
  }

  legRelayed(leg: TunnelLeg): void {
    if (this.#plannedAtMs !== null && leg === this.#backend) this.#tryPlanned();
  }

  closeReceived(leg: TunnelLeg, answer: boolean): void {
    if (!answer) this.#closedBy ??= leg.side;
    this.#startCloseTimeout();
    // The client has answered the Close of a planned ending: nothing more comes for the backend.
    if (answer && leg.other.open) this.#tell(leg.other, GOING_AWAY, this.#reason());
    this.#settle();
  }

  legFaulted(leg: TunnelLeg, fault: FrameFault): void {
    const tooBig = fault.code === 'frame-too-long';
    const code: EndingCode = `${leg.side}-${tooBig ? 'message-too-big' : 'protocol-error'}`;
    this.#end(code, `${fault.code}: ${fault.message}`, leg.side);
  }

  legEnded(leg: TunnelLeg, how: string): void {
    if (this.#over) return;
    if (leg.closeSent === 'none' && !leg.closeReceived) {
      this.#end(`${leg.side}-gone`, `the ${leg.side}: ${how}`, leg.side);
      return;
    }
    // It got a Close and went without an answer. What the other side waits for will not come.
    if (!leg.closeReceived && leg.other.open) this.#end(`${leg.side}-gone`, `the ${leg.side}: ${how}`, leg.side);
    else this.#settle();
  }

  legClosed(leg: TunnelLeg, error: Error | null): void {
    if (leg === this.#client) this.#parts.client.closed();
    if (!this.#over) this.legEnded(leg, error?.message ?? 'closed the connection');
    this.#finishWhenClosed();
  }

  sweep(nowMs: number): void {
    const { writeTimeoutMs, closeTimeoutMs } = this.#parts.policy;
    for (const leg of [this.#client, this.#backend]) {
      const stalledMs = leg.stalledMs(nowMs);
      if (writeTimeoutMs > 0 && stalledMs >= writeTimeoutMs) {
        this.#end(`${leg.side}-write-timeout`, `nothing taken for ${writeTimeoutMs / 1000} s`, leg.side);
        this.#cutLeg(leg);
      } else if (leg.closeSent === 'ours' && leg.channel.queuedBytes > 0 && this.#closeDeadlineMs !== null) {
        // Ours counts from when it was flushed; a peer that takes nothing is the write timeout's.
        this.#closeDeadlineMs = nowMs + closeTimeoutMs;
      }
    }
    if (this.#plannedAtMs !== null) this.#tryPlanned();
    if (this.#closeDeadlineMs !== null && nowMs >= this.#closeDeadlineMs) this.#closeTimedOut();
  }

  /** Whoever got its Close has had its time. One that got none yet is told now, and has its own. */
  #closeTimedOut(): void {
    this.#closeDeadlineMs = null;
    const legs = [this.#client, this.#backend];
    const told = legs.filter((leg) => leg.closeSent !== 'none' || leg.ended);
    for (const leg of told.length === 0 ? legs : told) this.#cutLeg(leg);
  }

  /** An ending that nobody planned. */
  #end(code: EndingCode, detail: string, by: 'client' | 'backend' | 'proxy'): void {
    this.#blame(code, detail, by);
    const { toClient, toBackend, reason } = endingOf(code, this.#parts.policy);
    if (toClient !== null) this.#tell(this.#client, toClient, reason);
    if (toBackend !== null) this.#tell(this.#backend, toBackend, reason);
    this.#settle();
  }

  /** The first cause is the cause. */
  #blame(code: EndingCode, detail: string, by: 'client' | 'backend' | 'proxy'): void {
    if (this.#closedBy !== null) return;
    this.#closedBy = by;
    this.#error = new ProxyError(code, detail);
  }

  #reason(): string {
    return this.#error === null ? '' : endingOf(this.#error.code as EndingCode, this.#parts.policy).reason;
  }

  /** A Close of ours where a frame may stand, else a cut. */
  #tell(leg: TunnelLeg, code: number, reason: string): void {
    if (!leg.open) return;
    if (!leg.other.scanner.atFrameBoundary) {
      this.#cutLeg(leg);
      return;
    }
    leg.sendClose(code, reason);
    this.#startCloseTimeout();
  }

  #tryPlanned(): void {
    const plannedAtMs = this.#plannedAtMs;
    const planned = this.#planned;
    if (plannedAtMs === null || planned === null) return;
    if (this.#closedBy !== null || !this.#client.open) {
      this.#plannedAtMs = null;
      return;
    }
    const { scanner } = this.#backend;
    const waitedMs = this.#parts.deadlines.nowMs - plannedAtMs;
    const mayTell = scanner.atMessageBoundary || (waitedMs >= BOUNDARY_WAIT_MS && scanner.atFrameBoundary);
    if (!mayTell && waitedMs < 2 * BOUNDARY_WAIT_MS) return;
    this.#plannedAtMs = null;
    this.#blame(planned.code, planned.detail, 'proxy');
    const { toClient, toBackend, reason } = { ...endingOf(planned.code, this.#parts.policy), ...planned };
    this.#tell(this.#client, toClient ?? GOING_AWAY, reason);
    // A client that was cut answers nothing.
    if (this.#client.closeSent === 'none') this.#tell(this.#backend, toBackend ?? GOING_AWAY, reason);
    this.#settle();
  }

  #startCloseTimeout(): void {
    this.#closeDeadlineMs ??= this.#parts.deadlines.nowMs + this.#parts.policy.closeTimeoutMs;
  }

  /** After every turn of an ending: whoever is done is ended, and what nobody wants is read on and discarded. */
  #settle(): void {
    for (const leg of [this.#client, this.#backend]) {
      if (leg.channel.closed || leg.channel.owner !== leg) continue;
      const gone = leg.ended && !leg.closeReceived && leg.closeSent === 'none';
      if (leg.done || gone) new LingeringClose(leg.channel, this.#parts.deadlines, () => leg.onClose(null));
    }
    // Only now is it known whom nobody listens to any more.
    for (const leg of [this.#client, this.#backend]) {
      if (!leg.channel.closed && leg.channel.owner === leg && leg.discarded) leg.channel.resume();
    }
  }

  #cutLeg(leg: TunnelLeg): void {
    leg.ended = true;
    leg.channel.destroy();
  }

  #finishWhenClosed(): void {
    if (this.#over || !this.#client.channel.closed || !this.#backend.channel.closed) return;
    this.#over = true;
    const { deadlines } = this.#parts;
    deadlines.delete(this);
    const durationMs = this.#parts.nowMs() - this.#openedAtMs;
    const report = reportOf(this.#client, this.#backend, this.#closedBy ?? 'proxy', durationMs);
    this.#ended({ error: this.#error, report });
  }

  view(): Pick<ConnectionView, 'state' | 'client' | 'backend'> {
    const { nowMs } = this.#parts.deadlines;
    const state = this.#closeDeadlineMs === null && this.#closedBy === null ? 'open' : 'closing';
    return { state, client: viewOf(this.#client, nowMs), backend: viewOf(this.#backend, nowMs) };
  }
}

/** RFC 7692 is the one registered extension that says which bit it uses; of others nothing is known. */
function reservedBy(extensions: string): 'none' | 'rsv1' | 'any' {
  if (extensions === '') return 'none';
  const names = extensions.split(',').map((extension) => extension.split(';')[0]?.trim().toLowerCase());
  return names.every((name) => name === 'permessage-deflate') ? 'rsv1' : 'any';
}
