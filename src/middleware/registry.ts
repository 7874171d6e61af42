import type { MiddlewareType } from '../exchange/middleware.js';
import { auth } from './auth.js';
import { bodyLimit } from './body-limit.js';
import { compress } from './compress.js';
import { cors } from './cors.js';
import { dynamicRoute } from './dynamic-route.js';
import { headers } from './headers.js';
import { ipFilter } from './ip-filter.js';
import { logging } from './logging.js';
import { rateLimit } from './rate-limit.js';
import { redirect } from './redirect.js';
import { replace } from './replace.js';
import { requestId } from './request-id.js';
import { websocket } from './websocket.js';

/** The built-in middlewares by the name of their type. */
export const middlewareTypes: ReadonlyMap<string, MiddlewareType> = new Map<string, MiddlewareType>([
  ['auth', auth],
  ['body_limit', bodyLimit],
  ['compress', compress],
  ['cors', cors],
  ['dynamic_route', dynamicRoute],
  ['headers', headers],
  ['ip_filter', ipFilter],
  ['logging', logging],
  ['rate_limit', rateLimit],
  ['redirect', redirect],
  ['replace', replace],
  ['request_id', requestId],
  ['websocket', websocket],
]);
