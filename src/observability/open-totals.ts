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

/** Adds up what is open just now. Asked of thousands at a time: nothing is put together for each. */
export function openTotals(open: Iterable<OpenConnection>): OpenTotals {
  const routes = new Map<string | undefined, Map<string | null, OpenTotal>>();
  const tunnelsByRevision = new Map<number, number>();
  for (const connection of open) {
    const { route, serviceName, kind, events, revision } = connection.exchange;
    const total = totalOf(routes, route?.name, serviceName);
    if (kind === 'sse') {
      total.streams++;
      total.streamEvents += events;
      continue;
    }
    const { client, backend } = connection.view();
    total.tunnels++;
    if (client.congested || backend.congested) total.congestedTunnels++;
    total.heldBytes += client.queuedBytes + backend.queuedBytes;
    tunnelsByRevision.set(revision, (tunnelsByRevision.get(revision) ?? 0) + 1);
  }
  return { routes: [...routes.values()].flatMap((services) => [...services.values()]), tunnelsByRevision };
}

function totalOf(
  routes: Map<string | undefined, Map<string | null, OpenTotal>>,
  route: string | undefined,
  service: string | null,
): OpenTotal {
  let services = routes.get(route);
  if (services === undefined) {
    services = new Map();
    routes.set(route, services);
  }
  let total = services.get(service);
  if (total === undefined) {
    const names = { route: route ?? '', service: service ?? '' };
    total = { ...names, tunnels: 0, congestedTunnels: 0, heldBytes: 0, streams: 0, streamEvents: 0 };
    services.set(service, total);
  }
  return total;
}
