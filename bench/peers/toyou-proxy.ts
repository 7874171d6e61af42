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

/** Three that many routes have; the limit is never reached. */
const threeMiddlewares: readonly string[] = [
  'middlewares:',
  '  - {name: logging}',
  '  - {name: headers, config: {request: {set: {X-Client: "{client_ip}"}}, response: {set: {X-Frame-Options: DENY}}}}',
  '  - {name: rate_limit, config: {requests_per_minute: 1000000000}}',
];

const POLICIES = {
  'toyou-proxy': [],
  'toyou-policy': policyWithPings(30),
  'toyou-ping': policyWithPings(1),
  'toyou-middlewares': threeMiddlewares,
  'toyou-elsewhere': threeMiddlewares,
} as const;

/**
 * Ours, started by its command line. `entry` is the compiled main file.
 * @param id `toyou-policy`: every tunnel under the `websocket` middleware; `toyou-ping`: with a ping a second, too;
 * `toyou-middlewares`: every request under three middlewares, whose lines go to a file; `toyou-elsewhere`: these on
 * another host's rule only
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
        ...(id === 'toyou-elsewhere' ? [elsewhere(port)] : []),
        ...POLICIES[id],
        `advanced: {bind: 127.0.0.1, log: {level: ${id === 'toyou-middlewares' ? 'info' : 'warn'}}}`,
      ];
      writeFileSync(file, `${lines.join('\n')}\n`);
      const command = [process.execPath, entry, '-c', file];
      if (id !== 'toyou-middlewares') return { command: process.execPath, args: command.slice(1) };
      // What is written to us we would have to read, beside the load.
      return { command: 'sh', args: ['-c', 'exec "$@" > "$0"', join(folder, 'log'), ...command] };
    },
  };
}

function elsewhere(port: number): string {
  return `  - {pattern: other.example, port: ${port}, target: b, middlewares: [logging, headers, rate_limit]}`;
}
