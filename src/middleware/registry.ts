import type { MiddlewareType } from '../exchange/middleware.js';
import { auth } from './auth.js';
import { headers } from './headers.js';
import { logging } from './logging.js';
import { requestId } from './request-id.js';
import { websocket } from './websocket.js';

/** The built-in middlewares by the name of their type. */
export const middlewareTypes: ReadonlyMap<string, MiddlewareType> = new Map<string, MiddlewareType>([
  ['auth', auth],
  ['headers', headers],
  ['logging', logging],
  ['request_id', requestId],
  ['websocket', websocket],
]);
