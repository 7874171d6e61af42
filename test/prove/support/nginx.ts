import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'node:test';
import { temporaryFolder } from './folder.js';
import { listenOnLoopback } from './http-backend.js';
import { Program, plainEnvironment } from './program.js';
import { sleep } from './wait.js';

export interface Nginx {
  readonly program: Program;
  readonly url: string;
  /** What it serves at `/`. */
  readonly site: string;
}

/**
 * nginx as a backend: static files with ranges and ETags, compressed text and server-side includes (both chunked),
 * a limited upload, and a slow file. One process, so that killing it kills it whole.
 */
export async function startNginx(t: TestContext, files: Readonly<Record<string, string | Buffer>>): Promise<Nginx> {
  const folder = temporaryFolder();
  const site = join(folder, 'site');
  mkdirSync(site);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(site, name), content);
  const port = await freePort();
  writeFileSync(join(folder, 'nginx.conf'), configuration(folder, port));
  const path = [process.env.PATH ?? '', '/usr/sbin', '/sbin'].join(delimiter);
  const program = new Program('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error')], {
    env: { ...plainEnvironment(), PATH: path },
  });
  t.after(() => program.kill());
  const url = `http://127.0.0.1:${port}`;
  await answering(url, program);
  return { program, url, site };
}

/** A port that was free a moment ago, for programs that cannot choose one themselves. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const { port } = await listenOnLoopback(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answering(url: string, program: Program): Promise<void> {
  for (let tries = 0; tries < 200 && program.alive; tries += 1) {
    try {
      await (await fetch(url, { signal: AbortSignal.timeout(1000) })).arrayBuffer();
      return;
    } catch {
      await sleep(25);
    }
  }
  throw new Error(`nginx does not answer: ${program.output}`);
}

function configuration(folder: string, port: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `  ${kind}_temp_path ${folder}/${kind};`,
  );
  return `daemon off;
master_process off;
pid ${folder}/pid;
error_log ${folder}/error warn;
events { worker_connections 4096; }
http {
${temporary.join('\n')}
  types { text/html html; text/css css; text/plain txt; }
  default_type application/octet-stream;
  access_log off;
  sendfile on;
  keepalive_timeout 60s;
  keepalive_requests 100000;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    root ${folder}/site;
    autoindex off;
    index index.html;
    client_max_body_size 1m;
    location ~ \\.css$ { gzip on; gzip_proxied any; gzip_min_length 1; gzip_types text/css; }
    location /parts/ { ssi on; alias ${folder}/site/; }
    location /slow/ { limit_rate 256k; alias ${folder}/site/; }
    location /lengths { return 200 "$request_method $content_length $http_transfer_encoding"; }
  }
}
`;
}
