import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LaunchPlan, Peer } from './peer.js';

/** Where it is installed outside of the PATH of ordinary users. */
const PLACES = ['haproxy', '/usr/sbin/haproxy', '/usr/local/sbin/haproxy'];

/** HAProxy with one thread and kept connections to the backend. */
export function haproxyPeer(): Peer {
  const found = findHaproxy();
  return {
    id: 'haproxy',
    find: () => found ?? { missing: 'apt-get install haproxy' },
    launch: (plan) => {
      const file = join(plan.folder, 'haproxy.cfg');
      writeFileSync(file, configuration(plan));
      return { command: found?.command ?? 'haproxy', args: ['-db', '-f', file] };
    },
  };
}

function findHaproxy(): { version: string; command: string } | undefined {
  for (const command of PLACES) {
    const { stdout } = spawnSync(command, ['-v'], { encoding: 'utf8' });
    const version = /version (\d[^\s-]*)/.exec(stdout ?? '')?.[1];
    if (version !== undefined) return { version, command };
  }
  return undefined;
}

/** The backend gets the same fields that ours sends it. */
function configuration({ port, tlsPort, backendPort, certificate }: LaunchPlan): string {
  return `global
  nbthread 1
  maxconn 8000
  tune.ssl.default-dh-param 2048
defaults
  mode http
  timeout client 300s
  timeout server 300s
  timeout connect 10s
  timeout tunnel 300s
  http-reuse always
frontend plain
  bind 127.0.0.1:${port} backlog 4096
  default_backend echo
frontend secure
  bind 127.0.0.1:${tlsPort} backlog 4096 ssl crt ${certificate.bundleFile} alpn http/1.1
  default_backend echo
backend echo
  option forwardfor
  http-request set-header X-Forwarded-Proto %[ssl_fc,iif(https,http)]
  http-request set-header X-Forwarded-Host %[req.hdr(Host)]
  http-request set-header Via "1.1 haproxy"
  http-request set-header X-Request-Id %[uuid()]
  server one 127.0.0.1:${backendPort}
`;
}
