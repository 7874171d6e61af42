import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { WebSocketServer } from 'ws';
import { startHttpBackend } from './support/http-backend.js';
import { Program } from './support/program.js';
import { startProxy } from './support/proxy-process.js';
import { root } from './support/repository.js';
import { echoRequest } from './support/request-echo.js';

test("Python's http.client and plain sockets", { timeout: 60_000 }, async (t) => {
  const { server, url } = await startHttpBackend(t, echoRequest);
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => socket.on('message', (payload, binary) => socket.send(payload, { binary })));
  const proxy = await startProxy(t, { services: { node: url }, routes: { '*': 'node' } });

  const python = new Program('python3', [join(root, 'test/prove/support/python-peer.py'), String(proxy.port)]);
  t.after(() => python.kill());
  const { status } = await python.ended();
  assert.equal(status, 0, python.output);

  assert.deepEqual(JSON.parse(python.output), {
    library: { length: true, chunked: 'chunked', head: 200, get: '/get', sameConnection: true },
    pipelined: true,
    byteByByte: true,
    refused: { bareLf: '400', noHost: '400', both: '400', http2: '505', connect: '405', noise: '400' },
    webSocket: { status: '101', accept: true, echo: true, close: '880203e8' },
  });
});
