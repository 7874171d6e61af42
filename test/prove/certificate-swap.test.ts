import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import tls from 'node:tls';
import type { WebSocket } from 'ws';
import { CertificateFolder } from '../support/certificate-folder.js';
import { temporaryFolder } from './support/folder.js';
import { nextMessage, openSocket } from './support/messages.js';
import { startCommand } from './support/proxy-process.js';
import { inParallel, sleep } from './support/wait.js';
import { startWebSocketBackend } from './support/web-socket-backend.js';

const TUNNELS = 200;
const SWAPS = 5;
/** Within which a new connection must see a new certificate. */
const SEEN_WITHIN_MS = 2_000;

/** Connects again and again; keeps what failed, and which certificates were seen. */
class Stream {
  readonly failures: string[] = [];
  readonly serials: string[] = [];
  over = false;

  async run(port: number, ca: string): Promise<void> {
    while (!this.over) {
      try {
        const socket = tls.connect({ host: '127.0.0.1', port, ca, servername: 'localhost' });
        await once(socket, 'secureConnect');
        this.serials.push(socket.getPeerX509Certificate()?.serialNumber ?? 'none');
        socket.write('GET /none HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
        socket.resume(); // and no FIN of ours: it would mean that we left
        await once(socket, 'close');
      } catch (error) {
        this.failures.push(String(error));
      }
    }
  }
}

for (const how of ['SIGHUP', '--watch'] as const) {
  test(`certificates swapped under ${TUNNELS} wss connections and a stream of new ones, by ${how}`, {
    timeout: 120_000,
  }, async (t) => {
    const folder = await CertificateFolder.create();
    const renew = async (): Promise<{ cert: string; key: string }> => {
      return folder.writeIdentity('site', await folder.authority.issue({ names: ['localhost', '127.0.0.1'] }));
    };
    const { cert, key } = await renew();
    const backend = await startWebSocketBackend(t);
    const file = join(temporaryFolder(), 'proxy.yaml');
    writeFileSync(
      file,
      `services: { chat: { url: "${backend.url}" } }
host_rules: [{ pattern: "*", target: chat, tls: { cert: "${cert}", key: "${key}" } }]
advanced: { bind: 127.0.0.1, port: 0, log: { format: json } }
`,
    );
    const proxy = await startCommand(t, ['run', '-c', file, ...(how === '--watch' ? [how] : [])]);
    const ca = folder.authority.cert;
    const tunnels: WebSocket[] = [];
    await inParallel(TUNNELS, 20, async () => {
      tunnels.push(await openSocket(t, `wss://127.0.0.1:${proxy.port}/ws`, [], { ca }));
    });
    const stream = new Stream();
    t.after(() => {
      stream.over = true;
    });
    const streaming = [stream.run(proxy.port, ca), stream.run(proxy.port, ca)];
    while (stream.serials.length === 0) await sleep(5);
    const slowest = { ms: 0 };
    for (let swap = 1; swap <= SWAPS; swap++) {
      const seen = new Set(stream.serials);
      const from = performance.now();
      await renew();
      if (how === 'SIGHUP') proxy.program.signal('SIGHUP');
      while (!stream.serials.some((serial) => !seen.has(serial))) {
        assert.ok(performance.now() - from < SEEN_WITHIN_MS, `swap ${swap} was not seen in time`);
        await sleep(5);
      }
      slowest.ms = Math.max(slowest.ms, performance.now() - from);
      await sleep(300);
    }
    stream.over = true;
    await Promise.all(streaming);
    assert.deepEqual(stream.failures, []);
    for (const socket of tunnels) {
      const answer = nextMessage(socket);
      socket.send('still here');
      assert.equal((await answer).payload.toString(), 'still here');
    }
    console.log(
      `certificates, ${how}: ${SWAPS} swaps, ${stream.serials.length} new connections, seen within ${slowest.ms.toFixed(0)} ms`,
    );
    for (const socket of tunnels) socket.close(1000);
    assert.equal((await proxy.drained()).status, 0, proxy.program.output);
  });
}
