import type { OpenConnection } from '../exchange/open-connection.js';
import { ByRoute } from './by-route.js';

interface RouteNames {
  readonly route: string;
  readonly service: string;
}

/** How many connections of a route and service are open. */
interface OpenTotal extends RouteNames {
  tunnels: number;
  streams: number;
  streamEvents: number;
}

/** What waits in the tunnels of a route and service. */
interface HeldTotal extends RouteNames {
  /** Tunnels of which a side takes less than comes for it. */
  congestedTunnels: number;
  bytes: number;
}

export interface OpenTotals {
  readonly routes: Iterable<OpenTotal>;
  /** By the number of the Revision they opened under. */
  readonly tunnelsByRevision: ReadonlyMap<number, number>;
}

/** A turn of the event loop looks into so many: 2 ms. */
const A_TURN = 500;

/** Counts what is open just now. */
export function openTotals(open: Iterable<OpenConnection>): OpenTotals {
  const routes = new ByRoute((route, service) => ({ route, service, tunnels: 0, streams: 0, streamEvents: 0 }));
  const tunnelsByRevision = new Map<number, number>();
  for (const { exchange } of open) {
    const { kind, events, revision } = exchange;
    const total = routes.of(exchange.route?.name ?? '', exchange.serviceName ?? '');
    if (kind === 'sse') {
      total.streams++;
      total.streamEvents += events;
    } else {
      total.tunnels++;
      tunnelsByRevision.set(revision, (tunnelsByRevision.get(revision) ?? 0) + 1);
    }
  }
  return { routes, tunnelsByRevision };
}

/** Looks into every tunnel for what waits in it, some in each turn: they go on relaying meanwhile. */
export async function heldTotals(open: Iterable<OpenConnection>): Promise<Iterable<HeldTotal>> {
  const routes = new ByRoute((route, service) => ({ route, service, congestedTunnels: 0, bytes: 0 }));
  let looked = 0;
  for (const connection of open) {
    const { exchange } = connection;
    if (exchange.kind === 'sse') continue;
    const total = routes.of(exchange.route?.name ?? '', exchange.serviceName ?? '');
    if (connection.congested) total.congestedTunnels++;
    total.bytes += connection.heldBytes;
    looked++;
    if (looked % A_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return routes;
}
