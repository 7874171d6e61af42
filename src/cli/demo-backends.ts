import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { demoIcon } from './demo-icon.js';
import { demoPage } from './demo-page.js';
import { EchoServer } from './echo-server.js';
import { closeServer, listen } from './embedded-server.js';

const LOOPBACK = '127.0.0.1';
const EVENT_INTERVAL_MS = 1000;

export interface DemoPorts {
  readonly page: number;
  readonly events: number;
  readonly echo: number;
}

/** What stands behind the proxy in the demo: a page, an event stream and an echo server, each on a free loopback port. */
export class DemoBackends {
  readonly #page = createServer(servePage);
  readonly #events = createServer(serveEvents);
  readonly #echo = new EchoServer();

  async start(): Promise<DemoPorts> {
    const [page, events, echo] = await Promise.all([
      listen(this.#page, LOOPBACK, 0),
      listen(this.#events, LOOPBACK, 0),
      this.#echo.start(LOOPBACK, 0),
    ]);
    return { page: page.port, events: events.port, echo: echo.port };
  }

  async stop(): Promise<void> {
    const servers: readonly Server[] = [this.#page, this.#events];
    await Promise.all([...servers.map(closeServer), this.#echo.stop()]);
  }
}

const pages: Readonly<Record<string, { readonly type: string; readonly text: string }>> = {
  '/': { type: 'text/html; charset=utf-8', text: demoPage },
  '/favicon.svg': { type: 'image/svg+xml', text: demoIcon },
};

const servePage: RequestListener = (request: IncomingMessage, response: ServerResponse) => {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
  request.resume();
  if (page === undefined) {
    response.writeHead(404, { 'Content-Type': 'text/plain' }).end('There is only / here.\n');
    return;
  }
  response.writeHead(200, {
    'Content-Type': page.type,
    'Content-Length': Buffer.byteLength(page.text),
    'Content-Security-Policy': "default-src 'self' 'unsafe-inline'",
    'Cache-Control': 'no-cache',
  });
  response.end(page.text);
};

const serveEvents: RequestListener = (request: IncomingMessage, response: ServerResponse) => {
  request.resume();
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  response.write('retry: 1000\n\n');
  let count = 0;
  const tell = () => {
    count += 1;
    response.write(`id: ${count}\ndata: ${JSON.stringify({ count, time: new Date().toISOString() })}\n\n`);
  };
  tell();
  const timer = setInterval(tell, EVENT_INTERVAL_MS);
  response.on('close', () => clearInterval(timer));
};
