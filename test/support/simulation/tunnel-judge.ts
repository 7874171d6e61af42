import { SWEEP_PERIOD_MS } from '../../../src/channel/deadlines.js';
import type { MessageRate, TunnelPolicy } from '../../../src/exchange/tunnel-policy.js';
import type { TunnelEnd } from '../../../src/tunnel/tunnel.js';
import type { FrameJudge } from './frame-judge.js';
import type { Leaving, PeerPlan, TunnelPeer } from './tunnel-peer.js';

type Both<Thing> = { readonly client: Thing; readonly backend: Thing };

/** What went on in one scenario, for its judges. */
export interface Course {
  readonly peers: Both<TunnelPeer>;
  readonly plans: Both<PeerPlan>;
  /** What the proxy wrote to each side, whatever the link made of it. */
  readonly written: Both<FrameJudge>;
  readonly policy: TunnelPolicy;
  readonly end: TunnelEnd | null;
  /** How the proxy was told to end it: 1012, or an operator's code; null: it was not. */
  readonly toldToEnd: number | null;
  /** The network lost a link. */
  readonly broken: boolean;
  /** How long it was open, without the time that the machine slept. */
  readonly awakeMs: number;
  /** When each message of the client was relayed. */
  readonly relayedAtMs: readonly number[];
}

export function judgeCourse(course: Course): string[] {
  const { client, backend } = course.peers;
  const faults = [...client.faults, ...backend.faults];
  faults.push(...judgeMessages(client, backend), ...judgeMessages(backend, client));
  faults.push(...judgeCause(course), ...judgeRate(course));
  if (!course.broken) faults.push(...judgeWords(course));
  if (mustArriveWhole(course)) faults.push(...judgeLoss(course));
  return faults;
}

/** What came is what was sent, in order, from the first on. */
function judgeMessages(reader: TunnelPeer, writer: TunnelPeer): string[] {
  return reader.judge.messages
    .map((text, index) => (text === writer.sent[index] ? '' : `message ${index} came changed`))
    .filter((fault) => fault !== '');
}

/** A period of the coarse clock for each time that the machine slept, and one for when it began. */
const COARSE_MS = 4 * SWEEP_PERIOD_MS;

const stays = (leaving: Leaving): boolean => leaving === 'stay';

/** Nobody is ended before its time: neither a healthy peer for its silence, nor a tunnel while the machine slept. */
function judgeCause({ plans, policy, end, broken, awakeMs }: Course): string[] {
  const faults: string[] = [];
  const code = end?.error?.code;
  for (const side of ['client', 'backend'] as const) {
    const healthy = plans[side].leaving !== 'stall' && !broken;
    if (code === `${side}-silent` && healthy && policy.pingIntervalMs > 0)
      faults.push(`a healthy ${side} called silent`);
    if (code === `${side}-write-timeout` && healthy) faults.push(`a healthy ${side} called stalled`);
  }
  const least = { 'tunnel-idle': policy.idleTimeoutMs, 'tunnel-lifetime': policy.maxLifetimeMs };
  if (code === 'tunnel-idle' || code === 'tunnel-lifetime') {
    if (least[code] === 0 || awakeMs < least[code] - COARSE_MS) faults.push(`${code} after ${awakeMs} ms`);
  }
  const tooFast = code === 'client-message-rate' && policy.messageRate?.mode !== 'close';
  const tooBig = code?.endsWith('message-too-big') === true && policy.maxMessageBytes === 0;
  if (tooFast || tooBig) faults.push(`${code} without such a limit`);
  return faults;
}

/** What a late timer may make up for at once, in milliseconds. */
const MADE_UP_MS = 500;

/** No stretch of time has more messages than the rate allows. */
function judgeRate({ policy, relayedAtMs }: Course): string[] {
  const rate: MessageRate | null = policy.messageRate;
  if (rate === null) return [];
  const perMs = rate.perMinute / 60_000;
  const atOnce = Math.max(rate.burst, 1 + MADE_UP_MS * perMs);
  for (const [first, fromMs] of relayedAtMs.entries()) {
    for (const [beyond, toMs] of relayedAtMs.slice(first).entries()) {
      // The first may have begun long before it was whole.
      const allowed = 1 + atOnce + (toMs - fromMs) * perMs + 0.001;
      if (beyond + 1 > allowed) return [`${beyond + 1} messages in ${toMs - fromMs} ms`];
    }
  }
  return [];
}

/** A client said all it had and then closed, and nobody else ended the tunnel: nothing may be lost. */
export function mustArriveWhole({ plans, end, toldToEnd, broken }: Course): boolean {
  const { client, backend } = plans;
  const whole = client.leaving === 'close' && stays(backend.leaving) && !backend.rude && toldToEnd === null && !broken;
  return whole && end?.error === null && end.report.closedBy === 'client';
}

/** All that the client said has arrived, however long it had to wait. */
function judgeLoss({ peers }: Course): string[] {
  const [came, sent] = [peers.backend.judge.messages.length, peers.client.sent.length];
  return came === sent ? [] : [`${sent - came} of ${sent} messages are lost`];
}

/** Each end was told why, or cut inside a frame, or had left by itself, or could not be told. */
function judgeWords({ peers, plans, written, policy, end, toldToEnd }: Course): string[] {
  const faults: string[] = [];
  const left = (leaving: Leaving) => leaving !== 'stay' && leaving !== 'stall';
  for (const [name, other] of [
    ['client', 'backend'],
    ['backend', 'client'],
  ] as const) {
    const { closeCode: code } = peers[name].judge;
    const own = plans[name];
    // A peer may answer the other's Close with its code.
    const allowed = [plans[other].closeCode, own.closeCode, 1005, 1002, name === 'client' ? 1011 : 1001];
    if (policy.maxMessageBytes > 0) allowed.push(1009);
    if (policy.messageRate?.mode === 'close') allowed.push(1008);
    if (policy.idleTimeoutMs > 0 || policy.maxLifetimeMs > 0) allowed.push(1001);
    if (toldToEnd !== null) allowed.push(toldToEnd);
    if (code !== null && !allowed.includes(code)) faults.push(`${name}: told ${code}`);
    // Told, and asleep until after close_timeout.
    const overslept = (own.naps ?? 0) > 0 && end !== null && end.report[name].sentCode !== null;
    const selfMade =
      overslept || left(own.leaving) || own.leaving === 'stall' || own.rude || end?.error?.code === `${name}-silent`;
    if (code === null && !selfMade && !written[name].midFrame && plans[other].leaving !== 'stall') {
      faults.push(`${name}: ended without a word`);
    }
  }
  return faults;
}
