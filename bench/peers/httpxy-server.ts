/** Runs httpxy by itself: node httpxy-server.js PORT BACKEND_PORT */
import type { Socket } from 'node:net';
import { createProxyServer } from 'httpxy';
import { portsFromArguments, proxyOptions, refuse, serveNodeProxy } from './serve-node-proxy.js';

const { port, backendPort } = portsFromArguments();
const proxy = createProxyServer(proxyOptions(backendPort));
proxy.on('error', (error, _request, answer) => refuse(error, answer));
serveNodeProxy(
  {
    web: (request, response) => proxy.web(request, response),
    ws: (request, socket, head) => proxy.ws(request, socket as Socket, {}, head),
  },
  port,
);
