import type { OpenConnection } from '../exchange/open-connection.js';

/** What the open connections of a route and service come to. */
export interface OpenTotal {
  readonly route: string;
  readonly service: string;
  tunnels: number;
  /** Tunnels of which a side takes less than comes for it. */
  congestedTunnels: number;
  /** Bytes that wait in tunnels. */
  heldBytes: number;
  streams: number;
  streamEvents: number;
}

export interface OpenTotals {
  readonly routes: Iterable<OpenTotal>;
  /** By the number of the Revision they opened under. */
  readonly tunnelsByRevision: ReadonlyMap<number, number>;
}

/** Adds up what is open just now. */
export function openTotals(open: Iterable<OpenConnection>): OpenTotals {
  const routes = new Map<string, OpenTotal>();
  const tunnelsByRevision = new Map<number, number>();
  for (const connection of open) {
    const { exchange } = connection;
    const total = totalOf(routes, exchange.route?.name ?? '', exchange.serviceName ?? '');
    if (exchange.kind === 'sse') {
      total.streams++;
      total.streamEvents += exchange.events;
      continue;
    }
    const { client, backend } = connection.view();
    total.tunnels++;
    if (client.congested || backend.congested) total.congestedTunnels++;
    total.heldBytes += client.queuedBytes + backend.queuedBytes;
    tunnelsByRevision.set(exchange.revision, (tunnelsByRevision.get(exchange.revision) ?? 0) + 1);
  }
  return { routes: [...routes.values()], tunnelsByRevision };
}

function totalOf(routes: Map<string, OpenTotal>, route: string, service: string): OpenTotal {
  const key = `${route} ${service}`;
  let total = routes.get(key);
  if (total === undefined) {
    total = { route, service, tunnels: 0, congestedTunnels: 0, heldBytes: 0, streams: 0, streamEvents: 0 };
    routes.set(key, total);
  }
  return total;
}
