import type { LegReport, TunnelReport } from '../../../src/exchange/events.js';
import type { Exchange } from '../../../src/exchange/exchange.js';
import type { ConnectionView, LegView, OpenConnection } from '../../../src/exchange/open-connection.js';
import type { Outcome } from '../../../src/exchange/outcome.js';
import type { ProxyError } from '../../../src/exchange/proxy-error.js';
import { HeaderList } from '../../../src/protocol/http1/header-list.js';

interface Traits {
  readonly id?: string;
  readonly kind?: 'websocket' | 'sse';
  readonly client?: string;
  readonly user?: string | null;
  readonly host?: string;
  readonly query?: string;
  readonly origin?: string;
  readonly route?: string;
  readonly service?: string;
  readonly backend?: string;
  readonly revision?: number;
  readonly openedAtMs?: number;
}

const QUIET: LegView = {
  bytes: 0,
  messages: 0,
  pings: 0,
  pongs: 0,
  silentMs: 0,
  roundTripMs: null,
  congested: false,
  queuedBytes: 0,
};

/** A tunnel or event stream that is nothing but what wings see of it. */
export class FakeConnection implements OpenConnection {
  readonly exchange: Exchange;
  readonly backendUrl: string | null;
  readonly openedAtMs: number;
  readonly closes: string[] = [];
  client: LegView = QUIET;
  backend: LegView = QUIET;

  constructor(traits: Traits = {}) {
    const { host = 'a.example', query = '', origin } = traits;
    const headers = new HeaderList(origin === undefined ? [] : [['Origin', origin]]);
    this.exchange = {
      id: traits.id ?? 'one',
      kind: traits.kind ?? 'websocket',
      client: { address: traits.client ?? '10.0.0.1' },
      user: traits.user ?? null,
      request: { head: { method: 'GET', headers }, facts: { host, target: { rawPath: '/ws', query } } },
      route: { name: traits.route ?? '*/ws' },
      serviceName: traits.service ?? 'chat',
      revision: traits.revision ?? 1,
      tries: [],
    } as unknown as Exchange;
    this.backendUrl = traits.backend ?? 'ws://b:1';
    this.openedAtMs = traits.openedAtMs ?? 0;
  }

  get heldBytes(): number {
    return this.client.queuedBytes + this.backend.queuedBytes;
  }

  get congested(): boolean {
    return this.client.congested || this.backend.congested;
  }

  view(): ConnectionView {
    return { state: 'open', subprotocol: 'chat', extensions: '', client: this.client, backend: this.backend };
  }

  close(code: number, reason: string): void {
    this.closes.push(`${code} ${reason}`);
  }
}

export const leg = (traits: Partial<LegReport> = {}): LegReport =>
  ({
    receivedCode: null,
    sentCode: null,
    bytes: 0,
    messages: 0,
    controlFrames: 0,
    activeAtMs: 0,
    ...traits,
  }) as LegReport;

export const report = (traits: Partial<TunnelReport> = {}): TunnelReport =>
  ({ closedBy: 'client', durationMs: 0, client: leg(), backend: leg(), ...traits }) as TunnelReport;

export const outcome = (error: ProxyError | null = null, traits: Partial<Outcome> = {}): Outcome => ({
  status: 101,
  error,
  durationMs: 0,
  requestBytes: 0,
  responseBytes: 0,
  events: 0,
  tries: [],
  ...traits,
});
