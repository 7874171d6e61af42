import { z } from 'zod';
import { isToken } from '../protocol/http1/character-classes.js';
import { isHopByHop } from '../protocol/http1/hop-by-hop.js';

/** The name of a header field that a middleware may change: a token, and nothing that frames, ends at a hop, or routes. */
export const fieldName = z
  .string()
  .superRefine((name, context) => {
    const fault = fieldNameFault(name);
    if (fault !== null) context.addIssue({ code: 'custom', input: name, message: fault });
  })
  .describe("The name of a header field; framing and hop-by-hop fields are the proxy's own.");

/** What is wrong with a name; null where it may be used. */
export function fieldNameFault(name: string): string | null {
  if (!isToken(name)) return `"${name}" is no header name`;
  const lower = name.toLowerCase();
  if (lower === 'host') return 'Host is not a header to set: use `proxy_host` of the service';
  if (isHopByHop(lower) || FRAMING.has(lower)) return `"${name}" is the proxy's own: it frames or ends at each hop`;
  return null;
}

/** The form in which `Middleware.ownedRequestFields` names a field. */
export function ownedFieldName(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}

const FRAMING: ReadonlySet<string> = new Set([
  'content-length',
  'trailer',
  'expect',
  'sec-websocket-accept',
  'sec-websocket-extensions',
  'sec-websocket-key',
  'sec-websocket-version',
]);
