import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../repository-root.js';
import type { Peer } from './peer.js';

/** Ours, started by its command line. `entry` is the compiled main file. */
export function toyouProxyPeer(entry: string): Peer {
  return {
    id: 'toyou-proxy',
    find: () => {
      if (!existsSync(entry)) return { missing: `npm run build (there is no ${entry})` };
      const manifest = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as { version: string };
      return { version: manifest.version };
    },
    launch: ({ port, tlsPort, certificate, backendPort, folder }) => {
      const file = join(folder, 'config.yaml');
      const lines = [
        `services: {b: {url: "http://127.0.0.1:${backendPort}"}}`,
        'host_rules:',
        `  - {pattern: "*", port: ${port}, target: b}`,
        `  - {pattern: "*", port: ${tlsPort}, target: b, tls: {cert: ${certificate.certFile}, key: ${certificate.keyFile}}}`,
        'advanced: {bind: 127.0.0.1, log: {level: warn}}',
      ];
      writeFileSync(file, `${lines.join('\n')}\n`);
      return { command: process.execPath, args: [entry, '-c', file] };
    },
  };
}
