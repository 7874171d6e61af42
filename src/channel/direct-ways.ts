import type { Log } from '../exchange/log.js';
import { testDirectTls } from './direct-tls-test.js';
import { testDirectWrite } from './direct-write.js';
import type { SocketOptions } from './socket-channel.js';

/** Tries the ways past Node's streams, has the sockets take those that work, and says of the others why not. */
export async function chooseWays(sockets: SocketOptions, log: Log): Promise<void> {
  const directWrite = await testDirectWrite();
  sockets.directWrite = directWrite.works;
  if (!directWrite.works) log.write('info', 'running without the direct write', { reason: directWrite.reason });
  const directTls = await testDirectTls(sockets);
  if (directTls.works) sockets.TlsWrite = directTls.TlsWrite;
  else log.write('info', 'running without direct TLS', { reason: directTls.reason });
}
