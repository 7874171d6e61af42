import { Buffer } from 'node:buffer';
import type { BackendUrl, UrlFault } from './backend-url.js';
import { basePathOf } from './base-path.js';

/** `sun_path` of a socket's address has 108 bytes on Linux, the last of them a NUL. */
const MOST_PATH_BYTES = 107;

/**
 * A Unix socket: `unix:/run/app.sock`, `unix:///run/app.sock`, and behind a second colon a base path,
 * `unix:/run/app.sock:/base`. The name of the socket itself has no colon.
 */
export function readUnixUrl(text: string): BackendUrl | UrlFault {
  const rest = text.slice('unix:'.length).replace(/^\/\/(?=\/)/, '');
  const colon = rest.indexOf(':');
  const socketPath = colon < 0 ? rest : rest.slice(0, colon);
  const base = colon < 0 ? '' : rest.slice(colon + 1);
  if (!socketPath.startsWith('/') || socketPath.startsWith('//')) {
    const absolute = `/${rest.replace(/^(?:\.{0,2}\/)+/, '')}`;
    const suggestion = /[^/.:]/.test(absolute) ? `unix:${absolute}` : undefined;
    return { message: 'the path of a Unix socket is absolute', suggestion };
  }
  if (socketPath.endsWith('/')) return { message: 'expected the path of a Unix socket, not of a folder' };
  const bytes = Buffer.byteLength(socketPath);
  if (bytes > MOST_PATH_BYTES) {
    return { message: `the path of a Unix socket has at most ${MOST_PATH_BYTES} bytes, this one ${bytes}` };
  }
  if (colon >= 0 && !base.startsWith('/')) {
    const message = 'behind the second colon stands a path';
    return { message, suggestion: base === '' ? `unix:${socketPath}` : `unix:${socketPath}:/${base}` };
  }
  const basePath = basePathOf(base, text);
  if (typeof basePath !== 'string') return basePath;
  return { url: text, host: '', port: 0, tls: false, authority: 'localhost', socketPath, basePath };
}
