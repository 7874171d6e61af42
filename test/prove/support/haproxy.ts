import { mkdtempSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'node:test';
import { temporaryFolder } from './folder.js';
import { Program, plainEnvironment } from './program.js';
import { sleep } from './wait.js';

/** One port of HAProxy. */
export interface HaproxyFront {
  readonly mode: 'tcp' | 'http';
  /** What stands behind the server's address, such as `send-proxy-v2`. */
  readonly server: string;
  /** More lines of its section. */
  readonly more?: string;
}

/** HAProxy on ports of 127.0.0.1 and ::1, in front of one server on 127.0.0.1. Resolves once it listens. */
export async function startHaproxy(
  t: TestContext,
  serverPort: number,
  fronts: ReadonlyMap<number, HaproxyFront>,
): Promise<Program> {
  const sections = [...fronts].map(
    ([port, { mode, server, more = '' }]) => `listen front-${port}
  mode ${mode}
  ${more}
${mode === 'http' ? '  option forwardfor\n  unique-id-format %[uuid()]\n' : ''}  bind 127.0.0.1:${port}
  bind [::1]:${port} v6only
  server proxy 127.0.0.1:${serverPort} ${server}
`,
  );
  const file = join(mkdtempSync(join(temporaryFolder(), 'haproxy-')), 'haproxy.cfg');
  writeFileSync(
    file,
    `global
  log stdout format raw daemon
  maxconn 100
defaults
  log global
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  timeout tunnel 30s
${sections.join('')}`,
  );
  const path = [process.env.PATH ?? '', '/usr/sbin', '/sbin'].join(delimiter);
  // -db: in the foreground, one process.
  const program = new Program('haproxy', ['-db', '-f', file], { env: { ...plainEnvironment(), PATH: path } });
  t.after(() => program.kill());
  for (const port of fronts.keys()) await listening(port, program);
  return program;
}

async function listening(port: number, program: Program): Promise<void> {
  for (let tries = 0; tries < 200 && program.alive; tries += 1) {
    const socket = connect({ port, host: '127.0.0.1' });
    const connected = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (connected) return;
    await sleep(25);
  }
  throw new Error(`HAProxy does not listen: ${program.output}`);
}
