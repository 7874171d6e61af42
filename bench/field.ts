import { haproxyPeer } from './peers/haproxy.js';
import { nginxPeer, wideBuffers } from './peers/nginx.js';
import { nodeModulePeer } from './peers/node-module.js';
import type { Peer, PeerId } from './peers/peer.js';
import { toyouProxyPeer } from './peers/toyou-proxy.js';

/** Who takes part. */
export interface Field {
  readonly present: readonly Peer[];
  readonly versions: Readonly<Partial<Record<PeerId, string>>>;
  /** How to install what is not there. */
  readonly missing: Readonly<Partial<Record<PeerId, string>>>;
}

/** Looks for every peer. `entry` is our own compiled main file. Throws where that is missing. */
export function findPeers(entry: string): Field {
  const all = [
    toyouProxyPeer('toyou-proxy', entry),
    toyouProxyPeer('toyou-policy', entry),
    toyouProxyPeer('toyou-ping', entry),
    toyouProxyPeer('toyou-middlewares', entry),
    toyouProxyPeer('toyou-elsewhere', entry),
    nginxPeer('nginx', []),
    nginxPeer('nginx-256k', wideBuffers),
    haproxyPeer(),
    nodeModulePeer('http-proxy'),
    nodeModulePeer('httpxy'),
  ];
  const present: Peer[] = [];
  const versions: Partial<Record<PeerId, string>> = {};
  const missing: Partial<Record<PeerId, string>> = {};
  for (const peer of all) {
    const found = peer.find();
    if ('missing' in found) {
      missing[peer.id] = found.missing;
      continue;
    }
    versions[peer.id] = found.version;
    present.push(peer);
  }
  const ours = missing['toyou-proxy'];
  if (ours !== undefined) throw new Error(`there is nothing to measure: ${ours}`);
  return { present, versions, missing };
}
