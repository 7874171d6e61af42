import type { AdminHost } from './admin-host.js';
import type { Answer } from './answer.js';
import { closeConnection, closeConnections, listClosed, listConnections, showConnection } from './connection-routes.js';
import { drain, health, metrics, readiness, reload } from './process-routes.js';
import type { AdminRequest } from './request.js';
import { changeBackend, listServices } from './service-routes.js';

/** One thing that can be asked. HEAD is asked as GET. */
export interface AdminRoute {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** `:name` stands for one segment. Of two paths that match, the one with fewer of them counts. */
  readonly path: string;
  /** Asked without a token. */
  readonly open?: true;
  /** @param named what stands for each `:name`, in their order, percent-decoded */
  answer(request: AdminRequest, host: AdminHost, ...named: string[]): Answer | Promise<Answer>;
}

/** The whole API. */
export const adminRoutes: readonly AdminRoute[] = [
  { method: 'GET', path: '/healthz', open: true, answer: health },
  { method: 'GET', path: '/readyz', open: true, answer: readiness },
  { method: 'GET', path: '/metrics', answer: metrics },
  { method: 'GET', path: '/api/connections', answer: listConnections },
  { method: 'POST', path: '/api/connections/close', answer: closeConnections },
  { method: 'GET', path: '/api/connections/:id', answer: showConnection },
  { method: 'DELETE', path: '/api/connections/:id', answer: closeConnection },
  { method: 'GET', path: '/api/closed', answer: listClosed },
  { method: 'GET', path: '/api/services', answer: listServices },
  { method: 'PATCH', path: '/api/services/:service/backends/:backend', answer: changeBackend },
  { method: 'POST', path: '/api/reload', answer: reload },
  { method: 'POST', path: '/api/drain', answer: drain },
];

/** Every route of a path, with what it names. */
export interface FoundRoutes {
  readonly routes: readonly AdminRoute[];
  readonly named: readonly string[];
}

export function routesOf(path: string): FoundRoutes {
  const given = path.split('/');
  let found: FoundRoutes = { routes: [], named: [] };
  for (const route of adminRoutes) {
    const named = namedIn(given, route.path.split('/'));
    if (named === null) continue;
    const [first] = found.routes;
    if (first?.path === route.path) found = { routes: [...found.routes, route], named };
    else if (first === undefined || named.length < found.named.length) found = { routes: [route], named };
  }
  return found;
}

/** Null where it does not match. */
function namedIn(given: readonly string[], pattern: readonly string[]): string[] | null {
  if (given.length !== pattern.length) return null;
  const named: string[] = [];
  for (const [index, segment] of pattern.entries()) {
    const text = given[index] ?? '';
    if (segment.startsWith(':') && text !== '') named.push(decoded(text));
    else if (segment !== text) return null;
  }
  return named;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
