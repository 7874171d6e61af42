import { randomInt } from 'node:crypto';
import net from 'node:net';

/** Not among those that systems give to who asks for any: nobody else can have been given it before it is used. */
const [LOWEST, HIGHEST] = [15_000, 30_000];

/** A port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST);
    const server = net.createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!free) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}
