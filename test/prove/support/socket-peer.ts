import { WebSocket, WebSocketServer } from 'ws';

/** An endpoint in a process of its own, to be stopped: with a url a client, which opens a tunnel; without, a server. */
const [url] = process.argv.slice(2);
if (url === undefined) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('listening', () => {
    const address = server.address();
    console.log(`listening on 127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
  });
} else {
  new WebSocket(url).on('open', () => console.log('open'));
}
