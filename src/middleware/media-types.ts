import { z } from 'zod';
import type { HeaderList } from '../protocol/http1/header-list.js';

const PATTERN = /^(?:\*\/\*|[!#$%&'+\-.^_`|~0-9a-z]+\/(?:\*|\*\+[a-z0-9.-]+|[!#$%&'+\-.^_`|~0-9a-z]+))$/i;

/** A media type without parameters; `*` for every subtype, or every one with a suffix. */
export const mediaTypePattern = z
  .string()
  .regex(PATTERN, {
    error: 'expected a media type such as "text/html", "text/*", "application/*+json" or "*/*", without parameters',
  })
  .meta({ title: 'media type' });

/** The types that text is sent as. */
export const textTypes: readonly string[] = [
  'text/*',
  'application/json',
  'application/*+json',
  'application/javascript',
  'application/x-javascript',
  'application/xml',
  'application/*+xml',
  'image/svg+xml',
];

/** Whether a response's Content-Type is one of these. One without the field is of none. */
export function compileMediaTypes(patterns: readonly string[]): (headers: HeaderList) => boolean {
  const exact = new Set<string>();
  const open: [beginning: string, end: string][] = [];
  for (const pattern of patterns) {
    const [beginning = '', end] = (pattern === '*/*' ? '*' : pattern.toLowerCase()).split('*');
    if (end === undefined) exact.add(beginning);
    else open.push([beginning, end]);
  }
  return (headers) => {
    const type = mediaTypeOf(headers);
    if (type === undefined) return false;
    return exact.has(type) || open.some(([beginning, end]) => type.startsWith(beginning) && type.endsWith(end));
  };
}

function mediaTypeOf(headers: HeaderList): string | undefined {
  return headers.getKnown('content-type')?.split(';', 1)[0]?.trim().toLowerCase();
}

/** In lower case; empty where the response names none. */
export function charsetOf(headers: HeaderList): string {
  const [, charset = ''] =
    /;[ \t]*charset[ \t]*=[ \t]*"?([^\s";]+)/i.exec(headers.getKnown('content-type') ?? '') ?? [];
  return charset.toLowerCase();
}
