import type { Channel } from '../channel/channel.js';
import type { Deadlines, Sweepable } from '../channel/deadlines.js';
import { LingeringClose } from '../channel/lingering-close.js';
import type { UpgradedSide } from '../connection/client-response.js';
import type { Clock } from '../exchange/clock.js';
import type { RelayedMessage, TunnelReport } from '../exchange/events.js';
import type { Expiry } from '../exchange/expiry.js';
import type { ConnectionView } from '../exchange/open-connection.js';
import { ProxyError } from '../exchange/proxy-error.js';
import { OFF_ROSTER } from '../exchange/roster.js';
import type { TunnelNumbers } from '../exchange/tunnel-numbers.js';
import type { TunnelPolicy } from '../exchange/tunnel-policy.js';
import { isWireCloseCode } from '../protocol/websocket/close-code.js';
import type { FrameFault } from '../protocol/websocket/frame-scanner.js';
import { reservedBy } from '../protocol/websocket/reserved-bits.js';
import { type Ending, type EndingCode, endingOf, GOING_AWAY } from './endings.js';
import type { LegOwner } from './leg-surroundings.js';
import { LimitWatch } from './limit-watch.js';
import { PlannedEnding } from './planned-ending.js';
import { deathOf } from './silence.js';
import { TunnelLeg } from './tunnel-leg.js';
import { reportOf, viewOf } from './tunnel-report.js';

const NO_CODE = 1005;
const NO_CLOSE = 1006;

export interface TunnelParts {
  readonly client: UpgradedSide;
  readonly backend: Channel;
  readonly policy: TunnelPolicy;
  /** Of what let it in; null: that counts for ever. */
  readonly expiry: Expiry | null;
  readonly deadlines: Deadlines;
  /** The exact time: that of the deadlines moves in steps, and stands still while we sleep. */
  readonly clock: Clock;
  readonly numbers: TunnelNumbers;
  /** Told of each message; null: nobody is. */
  readonly messageRelayed: ((message: RelayedMessage) => void) | null;
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
export class Tunnel implements LegOwner<TunnelLeg>, Sweepable {
  sweepPlace = OFF_ROSTER;
  readonly #client: TunnelLeg;
  readonly #backend: TunnelLeg;
  readonly #parts: TunnelParts;
  readonly #ended: (end: TunnelEnd) => void;
  /** By the exact clock. */
  readonly #openedAtMs: number;
  readonly #limits: LimitWatch;
  #error: ProxyError | null = null;
  #closedBy: 'client' | 'backend' | 'proxy' | null = null;
  /** Of the first Close that came or went; 1005: it had none; 1006: there was no Close. */
  #firstCode: number | null = null;
  #planned: PlannedEnding | null = null;
  #closeDeadlineMs: number | null = null;
  #over = false;

  /** @param ended called once, when both channels are closed */
  constructor(parts: TunnelParts, ended: (end: TunnelEnd) => void) {
    const { policy, deadlines, clock, numbers } = parts;
    this.#parts = parts;
    this.#ended = ended;
    this.#openedAtMs = clock.nowMs();
    this.#limits = new LimitWatch(policy, parts.expiry, clock, deadlines.nowMs);
    const reserved = reservedBy(parts.extensions);
    const { messageRelayed } = parts;
    const around = { owner: this, policy, deadlines, clock, reserved, numbers, messageRelayed };
    this.#client = new TunnelLeg('client', parts.client.channel, around);
    this.#backend = new TunnelLeg('backend', parts.backend, around);
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
    this.#plan('drained', why);
  }

  /**
   * Ends at the next good place by an operator's word: the client is told `code` and `reason`.
   * @param reason what is over 123 bytes of UTF-8 is left away
   * @throws RangeError for a code that must not be on the wire
   */
  close(code: number, reason: string): void {
    if (!isWireCloseCode(code)) throw new RangeError(`${code} is no code for a Close frame`);
    this.#plan('tunnel-killed', `with ${code} ${reason}`.trimEnd(), { toClient: code, reason });
  }

  #plan(code: EndingCode, detail: string, says: Partial<Ending> = {}): void {
    if (this.#planned !== null || this.#closedBy !== null) return;
    this.#planned = new PlannedEnding(code, detail, says, this.#parts.deadlines.nowMs);
    // In a stream without a pause no chunk ends where a message does.
    this.#backend.scanner.everyFrame = true;
    this.#tryPlanned();
  }

  /** Ends now. */
  cut(): void {
    this.#blame('drained', 'still open at the end of drain_timeout', 'proxy');
    this.#client.cut();
    this.#backend.cut();
  }

  legRelayed(leg: TunnelLeg): void {
    if (this.#planned !== null && leg === this.#backend) this.#tryPlanned();
  }

  closeReceived(leg: TunnelLeg, answer: boolean): void {
    this.#firstCode ??= leg.receivedCode ?? NO_CODE;
    if (!answer) this.#closedBy ??= leg.side;
    this.#startCloseTimeout();
    // The client has answered the Close of a planned ending: nothing more comes for the backend.
    if (answer && leg.other.open) this.#tell(leg.other, GOING_AWAY, this.#reason());
    this.#settle();
  }

  legFaulted(leg: TunnelLeg, fault: FrameFault): void {
    const tooBig = fault.code === 'frame-too-long' || fault.code === 'message-too-big';
    const code: EndingCode = `${leg.side}-${tooBig ? 'message-too-big' : 'protocol-error'}`;
    this.#end(code, `${fault.code}: ${fault.message}`, leg.side);
  }

  legTooFast(leg: TunnelLeg): void {
    const { perMinute, burst } = this.#parts.policy.messageRate ?? { perMinute: 0, burst: 0 };
    this.#end('client-message-rate', `more than ${perMinute} messages a minute, ${burst} at once`, leg.side);
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
    this.#sweepLeg(this.#client, nowMs);
    this.#sweepLeg(this.#backend, nowMs);
    if (this.#planned !== null) this.#tryPlanned();
    else if (!this.#closing) this.#sweepLimits(nowMs);
    if (this.#closeDeadlineMs !== null && nowMs >= this.#closeDeadlineMs) this.#closeTimedOut();
  }

  #sweepLeg(leg: TunnelLeg, nowMs: number): void {
    const { policy } = this.#parts;
    // That of a Close of ours counts from when it was flushed; a peer that takes nothing is the write timeout's.
    const unflushed = leg.closeSent === 'ours' && leg.channel.queuedBytes > 0;
    if (unflushed && this.#closeDeadlineMs !== null) this.#closeDeadlineMs = nowMs + policy.closeTimeoutMs;
    const death = deathOf(leg, policy, nowMs);
    if (death === null) return;
    this.#end(death.code, death.detail, leg.side);
    leg.cut();
  }

  #sweepLimits(nowMs: number): void {
    const reached = this.#limits.reached(this.#client, this.#backend, nowMs);
    if (reached !== null) this.#plan(reached.code, reached.detail, reached.says);
  }

  get #closing(): boolean {
    return this.#closeDeadlineMs !== null || this.#closedBy !== null;
  }

  /** Whoever got its Close has had its time. One that got none yet is told now, and has its own. */
  #closeTimedOut(): void {
    this.#closeDeadlineMs = null;
    const legs = [this.#client, this.#backend];
    const told = legs.filter((leg) => leg.closeSent !== 'none' || leg.ended);
    for (const leg of told.length === 0 ? legs : told) leg.cut();
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
      leg.cut();
      return;
    }
    leg.sendClose(code, reason);
    this.#firstCode ??= code;
    // Whoever is told last has its time to answer, too.
    this.#closeDeadlineMs = null;
    this.#startCloseTimeout();
  }

  #tryPlanned(): void {
    const planned = this.#planned;
    if (planned === null) return;
    if (this.#closedBy !== null || !this.#client.open) {
      this.#planned = null;
      return;
    }
    if (!planned.isDue(this.#backend.scanner, this.#parts.deadlines.nowMs)) return;
    this.#planned = null;
    this.#blame(planned.code, planned.detail, 'proxy');
    const { toClient, toBackend, reason } = { ...endingOf(planned.code, this.#parts.policy), ...planned.says };
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
      if (!leg.done && !gone) continue;
      leg.stop();
      new LingeringClose(leg.channel, this.#parts.deadlines, (lost) => leg.onClose(null, lost));
    }
    // Only now is it known whom nobody listens to any more.
    for (const leg of [this.#client, this.#backend]) {
      if (!leg.channel.closed && leg.channel.owner === leg && leg.discarded) leg.discard();
    }
  }

  #finishWhenClosed(): void {
    if (this.#over || !this.#client.channel.closed || !this.#backend.channel.closed) return;
    this.#over = true;
    const { deadlines, clock } = this.#parts;
    deadlines.delete(this);
    const how = {
      closedBy: this.#closedBy ?? 'proxy',
      code: this.#firstCode ?? NO_CLOSE,
      durationMs: clock.nowMs() - this.#openedAtMs,
    };
    const report = reportOf(this.#client, this.#backend, how);
    this.#ended({ error: this.#error, report });
  }

  view(): Pick<ConnectionView, 'state' | 'client' | 'backend'> {
    const { nowMs } = this.#parts.deadlines;
    const state = this.#closing ? 'closing' : 'open';
    return { state, client: viewOf(this.#client, nowMs), backend: viewOf(this.#backend, nowMs) };
  }
}
