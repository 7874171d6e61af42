import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { repositoryRoot } from '../repository-root.js';
import type { Peer, PeerId } from './peer.js';

/** A proxy from npm, started by the script in this folder that is named after it. */
export function nodeModulePeer(id: Extract<PeerId, 'http-proxy' | 'httpxy'>): Peer {
  return {
    id,
    find: () => {
      const manifest = join(repositoryRoot, 'node_modules', id, 'package.json');
      if (!existsSync(manifest)) return { missing: `npm install --save-dev ${id}` };
      return { version: (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version };
    },
    launch: ({ port, backendPort }) => {
      const script = fileURLToPath(new URL(`./${id}-server.js`, import.meta.url));
      return { command: process.execPath, args: [script, String(port), String(backendPort)], talks: true };
    },
  };
}
