import type { Deadlines } from '../channel/deadlines.js';
import type { Clock, Random } from '../exchange/clock.js';
import type { Counters } from '../exchange/counters.js';
import type { ProxyEvents } from '../exchange/events.js';
import type { TunnelNumbersTable } from '../exchange/tunnel-numbers.js';
import type { TunnelPolicy, TunnelSettings } from '../exchange/tunnel-policy.js';
import type { FieldLine } from '../protocol/http1/field-line.js';
import type { Service } from '../service/service.js';
import type { LongLivedRoster } from './long-lived.js';

/** What the proxy adds to requests and responses beside what http.md always adds. */
export interface ForwardingRules {
  /** Our own name in Via. */
  readonly pseudonym: string;
  /** The Via of an HTTP/1.1 request that came through no other proxy. */
  readonly via: FieldLine;
  /** RFC 7239's field too. */
  readonly forwarded: boolean;
  readonly xRealIp: boolean;
  /** `X-Proxy-By` and `X-Target-Service` on responses. */
  readonly expose: boolean;
  isTrusted(address: string): boolean;
}

/** Everything the forwarder needs of the process and the revision an exchange began with. */
export interface ForwarderHost {
  readonly services: ReadonlyMap<string, Service>;
  readonly rules: ForwardingRules;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly counters: Counters;
  readonly events: ProxyEvents;
  readonly random: Random;
  /** Event streams and tunnels that are open: a drain ends them. */
  readonly longLived: LongLivedRoster;
  readonly tunnelNumbers: TunnelNumbersTable;
  /** What a tunnel to this service is held to. @param settings of its exchange */
  tunnelPolicy(settings: TunnelSettings | null, service: Service): TunnelPolicy;
  /** The exact time. */
  readonly nowMs: () => number;
}
