import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../repository-root.js';
import type { Peer } from './peer.js';

/** Every limit that looks at messages, none of them ever reached. */
const policyWithPings = (intervalSeconds: number): readonly string[] => [
  'middlewares:',
  '  - name: websocket',
  `    config: {ping_interval: ${intervalSeconds}, pong_timeout: 30, idle_timeout: 1h, max_lifetime: 1d, max_message_size: 64MiB,`,
  '      max_connections: 100000, enable_rate_limit: true, max_messages_per_minute: 1000000000}',
];

const POLICIES = {
  'toyou-proxy': [],
  'toyou-policy': policyWithPings(30),
  'toyou-ping': policyWithPings(1),
} as const;

/**
 * Ours, started by its command line. `entry` is the compiled main file.
 * @param id `toyou-policy`: every tunnel under the `websocket` middleware; `toyou-ping`: with a ping a second, too
 */
export function toyouProxyPeer(id: keyof typeof POLICIES, entry: string): Peer {
  return {
    id,
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
        ...POLICIES[id],
        'advanced: {bind: 127.0.0.1, log: {level: warn}}',
      ];
      writeFileSync(file, `${lines.join('\n')}\n`);
      return { command: process.execPath, args: [entry, '-c', file] };
    },
  };
}
