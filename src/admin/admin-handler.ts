import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AdminHost } from './admin-host.js';
import { type Answer, Problem } from './answer.js';
import { type Gate, guardOrigin, guardToken } from './guard.js';
import { AdminRequest } from './request.js';
import { routesOf } from './routes.js';

/** Answers one request of the API, whatever it is; never rejects. */
export async function handleAdmin(
  message: IncomingMessage,
  response: ServerResponse,
  gate: Gate,
  host: AdminHost,
): Promise<void> {
  const answer = await answerOf(message, gate, host);
  if (message.method !== 'GET' && message.method !== 'HEAD') {
    const { method, url: target, socket } = message;
    host.log.write('info', 'admin request', { method, target, client: socket.remoteAddress, status: answer.status });
  }
  response.writeHead(answer.status, {
    'Content-Type': answer.contentType,
    'Content-Length': Buffer.byteLength(answer.body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...answer.headers,
  });
  response.end(message.method === 'HEAD' ? undefined : answer.body);
}

async function answerOf(message: IncomingMessage, gate: Gate, host: AdminHost): Promise<Answer> {
  try {
    return await answer(message, gate, host);
  } catch (error) {
    if (error instanceof Problem) return error.answer();
    // A client that left while its body was read is nobody's defect.
    if (message.destroyed && !message.complete) return new Problem(400, 'the body broke off').answer();
    host.log.write('error', 'admin request failed', { reason: error instanceof Error ? error.message : String(error) });
    return new Problem(500, 'a defect of toyou-proxy; the log says more').answer();
  }
}

/**
 * 1. who asks: no page of another site, no name that is not ours
 * 2. what of, and whether a token must be shown
 * 3. how
 */
function answer(message: IncomingMessage, gate: Gate, host: AdminHost): Answer | Promise<Answer> {
  guardOrigin(message, gate); // 1
  const request = new AdminRequest(message);
  const { routes, named } = routesOf(request.path); // 2
  if (!routes.some(({ open }) => open)) guardToken(message, gate);
  if (routes.length === 0) throw new Problem(404, `there is nothing at ${request.path}`);
  const route = routes.find(({ method }) => method === request.method); // 3
  if (route !== undefined) return route.answer(request, host, ...named);
  const methods = routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  throw new Problem(405, `${message.method} is none of ${methods.join(', ')}`, {}, { Allow: methods.join(', ') });
}
