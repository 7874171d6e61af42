import { z } from 'zod';
import { NOT_SUPPORTED_YET, refuse } from './section.js';

/** A backend's url, taken apart. */
export interface BackendUrl {
  /** As written: the label in logs and metrics. */
  readonly url: string;
  /** A name or an address, as a socket takes it: an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** The url's `host[:port]` as a Host field says it, without the default port. */
  readonly authority: string;
}

/** The url of a backend: `http` and `ws` mean the same, and so do `https` and `wss`. */
export const backendUrl = z
  .string()
  .transform((text, context): BackendUrl => {
    const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase();
    if (scheme === 'unix') return refuse(context, text, `a Unix socket as backend is ${NOT_SUPPORTED_YET}`);
    if (scheme === undefined || !SCHEMES.has(scheme)) return refuse(context, text, ...wrongScheme(text));
    if (!text.slice(scheme.length).startsWith('://') || !URL.canParse(text)) {
      return refuse(context, text, `is no url such as "${scheme}://127.0.0.1:8080"`);
    }
    return takeApart(text, new URL(text), context);
  })
  .meta({ title: 'url' });

const SCHEMES: ReadonlySet<string> = new Set(['http', 'ws', 'https', 'wss']);
const DEFAULT_PORT = 80;
const DEFAULT_TLS_PORT = 443;

function wrongScheme(text: string): [string, string | undefined] {
  const rest = /^(?:[a-z][a-z0-9+.-]*:)?\/\/(.*)$/i.exec(text)?.[1] ?? text;
  const suggestion = `http://${rest}`;
  const message = 'expected a url that begins with http://, ws://, https:// or wss://';
  return [message, URL.canParse(suggestion) && !/\s/.test(suggestion) ? suggestion : undefined];
}

function takeApart(text: string, url: URL, context: z.core.$RefinementCtx): BackendUrl {
  if (/\s/.test(text)) return refuse(context, text, 'a url has no blanks');
  if (url.username !== '' || url.password !== '') return refuse(context, text, "a backend's url has no user");
  if (url.search !== '' || url.hash !== '' || /[?#]/.test(text)) {
    return refuse(context, text, "a backend's url has no query and no fragment");
  }
  if (url.pathname !== '/' && url.pathname !== '') {
    const origin = `${url.protocol}//${url.host}`;
    return refuse(context, text, `a path in a backend's url is ${NOT_SUPPORTED_YET}`, origin);
  }
  const tls = url.protocol === 'https:' || url.protocol === 'wss:';
  // All four are special schemes of the URL standard: the default port is taken out of any.
  const port = url.port === '' ? (tls ? DEFAULT_TLS_PORT : DEFAULT_PORT) : Number(url.port);
  if (port === 0) return refuse(context, text, 'a backend has no port 0');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return { url: text, host, port, tls, authority: url.host };
}
