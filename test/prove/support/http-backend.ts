import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import type net from 'node:net';
import type { TestContext } from 'node:test';

export interface HttpBackend {
  readonly server: Server;
  readonly url: string;
}

/** Node's own HTTP server on a free loopback port, closed with all its connections behind the test. */
export async function startHttpBackend(t: TestContext, listener: RequestListener): Promise<HttpBackend> {
  const server = createServer({ keepAliveTimeout: 60_000 }, listener);
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = await listenOnLoopback(server);
  return { server, url: `http://127.0.0.1:${port}` };
}

/** The same over TLS. */
export async function startSecureBackend(
  t: TestContext,
  identity: ServerOptions,
  listener: RequestListener,
): Promise<HttpBackend> {
  const server = createSecureServer({ keepAliveTimeout: 60_000, ...identity }, listener);
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = await listenOnLoopback(server);
  return { server, url: `https://127.0.0.1:${port}` };
}

/** @param port 0: the system chooses */
export function listenOnLoopback(server: net.Server, port = 0): Promise<net.AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port, backlog: 4096 }, () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('no port'));
      else resolve(address);
    });
  });
}
