import type { MiddlewareType } from '../exchange/middleware.js';
import { bodyLimit } from './body-limit.js';
import { compress } from './compress.js';
import { headers } from './headers.js';
import { logging } from './logging.js';
import { replace } from './replace.js';
import { requestId } from './request-id.js';
import { websocket } from './websocket.js';

/** The built-in middlewares by the name of their type. */
export const middlewareTypes: ReadonlyMap<string, MiddlewareType> = new Map<string, MiddlewareType>([
  ['body_limit', bodyLimit],
  ['compress', compress],
  ['headers', headers],
  ['logging', logging],
  ['replace', replace],
  ['request_id', requestId],
  ['websocket', websocket],
]);
