import type { AdminHost } from './admin-host.js';
import type { Answer } from './answer.js';
import { closeConnection, closeConnections, listClosed, listConnections, showConnection } from './connection-routes.js';
import { drain, health, metrics, readiness, reload } from './process-routes.js';
import type { AdminRequest } from './request.js';

/** One thing that can be asked. HEAD is asked as GET. */
export interface AdminRoute {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** `:id` stands for one segment. A path without it goes before one with it. */
  readonly path: string;
  /** Asked without a token. */
  readonly open?: true;
  answer(request: AdminRequest, host: AdminHost, id: string): Answer | Promise<Answer>;
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
  { method: 'POST', path: '/api/reload', answer: reload },
  { method: 'POST', path: '/api/drain', answer: drain },
];

const BEFORE_ID = /^(.+\/):id$/;

/** Every route of a path, with the id it names. */
export function routesOf(path: string): { readonly routes: readonly AdminRoute[]; readonly id: string } {
  const literal = adminRoutes.filter((route) => route.path === path);
  if (literal.length > 0) return { routes: literal, id: '' };
  let id = '';
  const routes = adminRoutes.filter((route) => {
    const [, before] = BEFORE_ID.exec(route.path) ?? [];
    const rest = before !== undefined && path.startsWith(before) ? path.slice(before.length) : '';
    if (rest === '' || rest.includes('/')) return false;
    id = rest;
    return true;
  });
  return { routes, id: decoded(id) };
}

function decoded(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
