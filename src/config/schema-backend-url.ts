import { z } from 'zod';
import type { BackendUrl, UrlFault } from './backend-url.js';
import { basePathOf } from './base-path.js';
import { refuse } from './section.js';
import { readUnixUrl } from './unix-url.js';

/** The url of a backend: `http` and `ws` mean the same, and so do `https` and `wss`; `unix` for a Unix socket. */
export const backendUrl = z
  .string()
  .transform((text, context): BackendUrl => {
    const read = readUrl(text);
    return 'message' in read ? refuse(context, text, read.message, read.suggestion) : read;
  })
  .meta({ title: 'url' });

const SCHEMES: ReadonlySet<string> = new Set(['http', 'ws', 'https', 'wss']);
const DEFAULT_PORT = 80;
const DEFAULT_TLS_PORT = 443;

function readUrl(text: string): BackendUrl | UrlFault {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase();
  const isUnix = scheme === 'unix';
  if (!isUnix && (scheme === undefined || !SCHEMES.has(scheme))) return wrongScheme(text);
  if (!isUnix && !isUrl(text)) return { message: `is no url such as "${scheme}://127.0.0.1:8080"` };
  if (/[\s\x00-\x1f\x7f]/.test(text)) return { message: 'a url has no blanks' };
  if (text.includes('\\')) return { message: 'a url has no backslash' };
  if (/[?#]/.test(text)) return { message: "a backend's url has no query and no fragment" };
  return isUnix ? readUnixUrl(text) : takeApart(text, new URL(text));
}

/** The standard's own parser takes `http:a` and `http:///a` for `http://a`. */
function isUrl(text: string): boolean {
  return /^[a-z]+:\/\/[^/\\]/i.test(text) && URL.canParse(text);
}

function wrongScheme(text: string): UrlFault {
  const rest = /^(?:[a-z][a-z0-9+.-]*:)?\/\/(.*)$/i.exec(text)?.[1] ?? text;
  const suggestion = text.startsWith('/') && !text.startsWith('//') ? `unix:${text}` : `http://${rest}`;
  const message = 'expected a url that begins with http://, ws://, https://, wss:// or unix:/';
  const plausible = !/\s/.test(suggestion) && (suggestion.startsWith('unix:') || URL.canParse(suggestion));
  return { message, suggestion: plausible ? suggestion : undefined };
}

function takeApart(text: string, url: URL): BackendUrl | UrlFault {
  if (url.username !== '' || url.password !== '') return { message: "a backend's url has no user" };
  const tls = url.protocol === 'https:' || url.protocol === 'wss:';
  // All four are special schemes of the URL standard: the default port is taken out of any.
  const port = url.port === '' ? (tls ? DEFAULT_TLS_PORT : DEFAULT_PORT) : Number(url.port);
  if (port === 0) return { message: 'a backend has no port 0' };
  // Not the URL's pathname: its dot segments are resolved already.
  const written = /^[a-z]+:\/\/[^/]*(.*)$/i.exec(text)?.[1] ?? '';
  const base = basePathOf(written, text);
  if (typeof base !== 'string') return base;
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return { url: text, host, port, tls, authority: url.host, socketPath: null, basePath: base };
}
