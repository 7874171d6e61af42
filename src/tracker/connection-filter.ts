import type { OpenConnection } from '../exchange/open-connection.js';

/** What open and ended connections can be told apart by. */
export const FILTER_KEYS = ['route', 'service', 'backend', 'client', 'user', 'revision', 'kind', 'host'] as const;
export type FilterKey = (typeof FILTER_KEYS)[number];

/** All of it must hold, compared as text; without keys it holds for every one. */
export type ConnectionFilter = { readonly [Key in FilterKey]?: string };

/** What a filter compares, of one that has ended. */
export type FilteredTraits = { readonly [Key in FilterKey]: string | number | null };

export function isFilterKey(key: string): key is FilterKey {
  return FILTER_KEYS.some((known) => known === key);
}

/** Whether it is one of those meant. Builds nothing: asked of thousands at once. */
export function holdsForOpen(filter: ConnectionFilter, connection: OpenConnection): boolean {
  return FILTER_KEYS.every((key) => {
    const wanted = filter[key];
    return wanted === undefined || isSame(wanted, traitOf(connection, key));
  });
}

export function holdsForEnded(filter: ConnectionFilter, ended: FilteredTraits): boolean {
  return FILTER_KEYS.every((key) => {
    const wanted = filter[key];
    return wanted === undefined || isSame(wanted, ended[key]);
  });
}

function isSame(wanted: string, trait: string | number | null): boolean {
  return trait !== null && wanted === String(trait);
}

function traitOf({ exchange, backendUrl }: OpenConnection, key: FilterKey): string | number | null {
  switch (key) {
    case 'route':
      return exchange.route?.name ?? null;
    case 'service':
      return exchange.serviceName;
    case 'backend':
      return backendUrl;
    case 'client':
      return exchange.client.address;
    case 'user':
      return exchange.user;
    case 'revision':
      return exchange.revision;
    case 'kind':
      return exchange.kind;
    case 'host':
      return exchange.request.facts.host;
  }
}
