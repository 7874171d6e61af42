import type { Exchange } from '../../../src/exchange/exchange.js';
import type { Middleware } from '../../../src/exchange/middleware.js';
import { ProxyError } from '../../../src/exchange/proxy-error.js';
import { auth } from '../../../src/middleware/auth.js';
import { judgeUpgradeRequest } from '../../../src/protocol/websocket/handshake.js';
import type { ManualClock } from '../../support/manual-clock.js';
import { TestHost } from '../../support/middleware-host.js';
import type { RecordingLog } from '../../support/recording-log.js';
import { type FakeRequest, fakeExchange } from './fake-exchange.js';

const HANDSHAKE: readonly [string, string][] = [
  ['Connection', 'Upgrade'],
  ['Upgrade', 'websocket'],
  ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
  ['Sec-WebSocket-Version', '13'],
];

export interface AuthStage {
  readonly clock: ManualClock;
  readonly log: RecordingLog;
  readonly middleware: Middleware;
}

/** An instance named `gate`, on a clock that stands still. */
export function authStage(options: unknown): AuthStage {
  const host = new TestHost();
  const { clock, log } = host;
  return { clock, log, middleware: auth.create('gate', auth.optionsSchema.parse(options), host) };
}

/** A WebSocket handshake, its offer read. */
export function handshakeOf(request: FakeRequest = {}): Exchange {
  const { exchange } = fakeExchange({ ...request, headers: [...HANDSHAKE, ...(request.headers ?? [])] });
  exchange.upgradeOffer = judgeUpgradeRequest(exchange.request.head, exchange.request.facts.framing);
  return exchange;
}

export const bearing = (token: string): FakeRequest => ({ headers: [['Authorization', `Bearer ${token}`]] });

/** What becomes of it: `user` or `nobody`, or the code, and for the log why. */
export async function verdictOn({ middleware }: AuthStage, exchange: Exchange): Promise<string> {
  try {
    await middleware.onRequest?.(exchange);
    return exchange.user ?? 'nobody';
  } catch (error) {
    if (error instanceof ProxyError) return `${error.code} ${error.message}`;
    throw error;
  }
}

/** The verdict on a plain request, which has to be the one on a handshake too. */
export async function verdict(stage: AuthStage, request: FakeRequest): Promise<string> {
  const plain = await verdictOn(stage, fakeExchange(request).exchange);
  const upgrade = await verdictOn(stage, handshakeOf(request));
  if (plain !== upgrade) throw new Error(`a request: ${plain}; a handshake: ${upgrade}`);
  return plain;
}

/** The challenge of a refusal; null: it has none, or there is no refusal. */
export async function challengeOf({ middleware }: AuthStage, request: FakeRequest): Promise<string | null> {
  try {
    await middleware.onRequest?.(fakeExchange(request).exchange);
    return null;
  } catch (error) {
    const fields = error instanceof ProxyError ? [...error.fields] : [];
    return fields.find(([name]) => name === 'WWW-Authenticate')?.[1] ?? null;
  }
}
