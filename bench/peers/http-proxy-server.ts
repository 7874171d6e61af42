/** Runs http-proxy by itself: node http-proxy-server.js PORT BACKEND_PORT */
import { createRequire } from 'node:module';
import { type NodeProxy, portsFromArguments, proxyOptions, refuse, serveNodeProxy } from './serve-node-proxy.js';

/** It brings no types. */
interface HttpProxyModule {
  createProxyServer(options: object): NodeProxy & {
    on(event: 'error', listener: (error: Error, request: unknown, answer: unknown) => void): void;
  };
}

const httpProxy: HttpProxyModule = createRequire(import.meta.url)('http-proxy');
const { port, backendPort } = portsFromArguments();
const proxy = httpProxy.createProxyServer(proxyOptions(backendPort));
proxy.on('error', (error, _request, answer) => refuse(error, answer));
serveNodeProxy(proxy, port);
