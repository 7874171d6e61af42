import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LaunchPlan, Peer, PeerId } from './peer.js';

/** Where it is installed outside of the PATH of ordinary users. */
const PLACES = ['nginx', '/usr/sbin/nginx', '/usr/local/sbin/nginx'];

/** nginx with one worker and a pool of kept connections; `buffers` are directives for its location, if any. */
export function nginxPeer(id: PeerId, buffers: readonly string[]): Peer {
  const found = findNginx();
  return {
    id,
    find: () => found ?? { missing: 'apt-get install nginx-light' },
    launch: (plan) => {
      // Run by root, its worker is somebody else, who must get to the folders for what it spills to disk.
      chmodSync(plan.folder, 0o711);
      const file = join(plan.folder, 'nginx.conf');
      writeFileSync(file, configuration(plan, buffers));
      return { command: found?.command ?? 'nginx', args: ['-p', plan.folder, '-e', 'stderr', '-c', file] };
    },
  };
}

export const wideBuffers = ['proxy_buffer_size 256k;', 'proxy_buffers 4 256k;', 'proxy_busy_buffers_size 512k;'];

function findNginx(): { version: string; command: string } | undefined {
  for (const command of PLACES) {
    const { stderr } = spawnSync(command, ['-v'], { encoding: 'utf8' });
    const version = /nginx\/(\S+)/.exec(stderr ?? '')?.[1];
    if (version !== undefined) return { version, command };
  }
  return undefined;
}

/**
 * Kept connections are not closed after the default of 1,000 requests: that would be measured too. The backend gets the
 * same fields that ours sends it.
 */
function configuration(
  { port, tlsPort, certificate, backendPort, folder }: LaunchPlan,
  buffers: readonly string[],
): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `daemon off;
worker_processes 1;
error_log stderr warn;
pid ${folder}/nginx.pid;
events { worker_connections 16384; }
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  keepalive_requests 100000000;
  keepalive_timeout 300s;
  map $http_upgrade $connection_field { '' ''; default upgrade; }
  upstream backend {
    server 127.0.0.1:${backendPort};
    keepalive 128;
    keepalive_requests 100000000;
    keepalive_timeout 300s;
  }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    listen 127.0.0.1:${tlsPort} ssl backlog=4096;
    ssl_certificate ${certificate.certFile};
    ssl_certificate_key ${certificate.keyFile};
    ssl_session_tickets on;
    location / {
      proxy_pass http://backend;
      proxy_http_version 1.1;
      proxy_set_header Connection $connection_field;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header Via "1.1 nginx";
      proxy_set_header X-Request-Id $request_id;
      ${buffers.join('\n      ')}
    }
  }
}
`;
}
