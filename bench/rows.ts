import { bodyBytesByPath } from './backend/prebuilt-responses.js';
import type { Scenario } from './load/scenario.js';
import type { PeerId } from './peers/peer.js';

/** One line of work that every peer in `peers` is measured at. */
export interface Row {
  readonly id: string;
  readonly title: string;
  /**
   * CPU time of the proxy per operation, resident memory of the proxy per tunnel held, or how many times the 99th
   * percentile of requests is what it was once thousands of tunnels are held beside them.
   */
  readonly unit: 'µs' | 'KiB' | '×';
  /** Whether the proxy terminates TLS for it. */
  readonly secure: boolean;
  readonly scenario: Scenario;
  /** Work of the same kind in small portions, to warm a proxy up with; rows that name the same object share it. */
  readonly warmUp: Scenario;
  readonly peers: readonly PeerId[];
  /** The peer that the others are compared with. */
  readonly ours: PeerId;
  /** Operations that each completion of the load stands for: an echo is a message there and one back. */
  readonly operationsPerCompletion: number;
  /** Completions in one sample at most. */
  readonly longestSample: number;
  /**
   * How often the peers take turns within a round, each with its part of a sample; default 1. A difference of a few
   * microseconds would else drown in what the machine does from one second to the next.
   */
  readonly turns?: number;
}

const TURNS_FOR_DIFFERENCES = 8;

const onePeerEach: readonly PeerId[] = ['toyou-proxy', 'nginx', 'http-proxy', 'httpxy'];
const bothNginx: readonly PeerId[] = ['toyou-proxy', 'nginx', 'nginx-256k', 'http-proxy', 'httpxy'];

/** Those that terminate TLS. */
const tlsPeers: readonly PeerId[] = ['toyou-proxy', 'nginx', 'haproxy'];

const manyRequests: Scenario = { kind: 'http', path: '/small', bodyBytes: bodyBytesByPath['/small'], connections: 32 };
const manyTunnels: Scenario = { kind: 'websocket-open', connections: 16 };
const manyMessages: Scenario = { kind: 'websocket-echo', payloadBytes: 64, connections: 32 };
const heldTunnels: Scenario = { kind: 'websocket-idle', connections: 16 };
const idleTunnels: Scenario = { kind: 'websocket-idle', connections: 16 };
const answeredPings: Scenario = { kind: 'websocket-ping', connections: 1000 };
const fullHandshakes: Scenario = { kind: 'tls-handshake', resumed: false, connections: 16 };
const resumedHandshakes: Scenario = { kind: 'tls-handshake', resumed: true, connections: 16 };

const openedRow: Row = {
  id: 'websocket-opened',
  title: 'WebSocket tunnel opened, and held',
  unit: 'µs',
  secure: false,
  scenario: heldTunnels,
  warmUp: manyTunnels,
  peers: onePeerEach,
  ours: 'toyou-proxy',
  operationsPerCompletion: 1,
  // All of them are open until the sample ends.
  longestSample: 2000,
};

export const rows: readonly Row[] = [
  httpRow('http-small', 'HTTP/1.1 keep-alive, 57 B body', '/small', 32),
  httpRow('http-16k', 'HTTP/1.1 keep-alive, 16 KiB body', '/16k', 32),
  httpRow('http-1m', 'HTTP/1.1 keep-alive, 1 MiB body', '/1m', 4),
  openedRow,
  {
    id: 'websocket-open',
    title: 'WebSocket tunnel opened and closed',
    unit: 'µs',
    secure: false,
    scenario: manyTunnels,
    warmUp: manyTunnels,
    peers: onePeerEach,
    ours: 'toyou-proxy',
    operationsPerCompletion: 1,
    // Each leaves a connection in TIME_WAIT behind for a minute, of some 28,000 there may be to one port.
    longestSample: 3000,
  },
  {
    id: 'websocket-idle',
    title: 'WebSocket tunnel held idle, resident memory',
    unit: 'KiB',
    secure: false,
    scenario: idleTunnels,
    warmUp: idleTunnels,
    peers: onePeerEach,
    ours: 'toyou-proxy',
    operationsPerCompletion: 1,
    longestSample: Number.MAX_SAFE_INTEGER,
  },
  echoRow('websocket-64', 'WebSocket message of 64 B', 64, 32),
  echoRow('websocket-64k', 'WebSocket message of 64 KiB', 64 * 1024, 8),
  echoRow('websocket-1m', 'WebSocket message of 1 MiB', 1024 * 1024, 4),
  underPolicy(echoRow('policy-64', 'WebSocket message of 64 B under a policy, against none', 64, 32)),
  underPolicy(echoRow('policy-64k', 'WebSocket message of 64 KiB under a policy, against none', 64 * 1024, 8)),
  underPolicy(echoRow('policy-1m', 'WebSocket message of 1 MiB under a policy, against none', 1024 * 1024, 4)),
  underPolicy({ ...openedRow, id: 'policy-opened', title: 'WebSocket tunnel opened under a policy, against none' }),
  {
    id: 'policy-idle',
    title: 'WebSocket tunnel held idle under a policy, resident memory',
    unit: 'KiB',
    secure: false,
    scenario: idleTunnels,
    warmUp: idleTunnels,
    peers: ['toyou-policy'],
    ours: 'toyou-policy',
    operationsPerCompletion: 1,
    longestSample: Number.MAX_SAFE_INTEGER,
  },
  {
    id: 'policy-ping',
    title: 'Heartbeat: a ping and its pong, one a second to each side of 1,000 tunnels',
    unit: 'µs',
    secure: false,
    scenario: answeredPings,
    warmUp: manyMessages,
    peers: ['toyou-ping'],
    ours: 'toyou-ping',
    // The backend has as many as the client.
    operationsPerCompletion: 2,
    longestSample: 5000,
  },
  {
    ...httpRow('http-beside', 'HTTP p99 beside 5,000 idle tunnels, against without', '/small', 8),
    unit: '×',
    peers: ['toyou-proxy', 'nginx'],
  },
  {
    ...httpRow('middlewares', 'HTTP under logging, headers and rate_limit, against none', '/small', 32),
    peers: ['toyou-middlewares', 'toyou-proxy'],
    ours: 'toyou-middlewares',
    turns: TURNS_FOR_DIFFERENCES,
  },
  {
    ...httpRow('middlewares-elsewhere', 'HTTP beside a rule with these, against none', '/small', 32),
    peers: ['toyou-elsewhere', 'toyou-proxy'],
    ours: 'toyou-elsewhere',
    turns: TURNS_FOR_DIFFERENCES,
  },
  secured(httpRow('https-small', 'HTTPS keep-alive, 57 B body', '/small', 32)),
  secured(echoRow('wss-64', 'wss message of 64 B', 64, 32)),
  secured(echoRow('wss-64k', 'wss message of 64 KiB', 64 * 1024, 8)),
  handshakeRow('tls-full', 'TLS handshake', fullHandshakes),
  handshakeRow('tls-resumed', 'TLS handshake, resumed', resumedHandshakes),
];

/** Ours under every limit there is, against ours under none. What is open is tracked and counted in both. */
function underPolicy(row: Row): Row {
  return { ...row, peers: ['toyou-policy', 'toyou-proxy'], ours: 'toyou-policy' };
}

/** The same by TLS, with objects of its own to warm up with. */
function secured(row: Row): Row {
  return { ...row, secure: true, warmUp: { ...row.warmUp }, peers: tlsPeers };
}

function handshakeRow(id: string, title: string, scenario: Scenario): Row {
  return {
    id,
    title,
    unit: 'µs',
    secure: true,
    scenario,
    warmUp: scenario,
    peers: tlsPeers,
    ours: 'toyou-proxy',
    operationsPerCompletion: 1,
    longestSample: 3000,
  };
}

function httpRow(id: string, title: string, path: keyof typeof bodyBytesByPath, connections: number): Row {
  return {
    id,
    title,
    unit: 'µs',
    secure: false,
    scenario: { kind: 'http', path, bodyBytes: bodyBytesByPath[path], connections },
    warmUp: manyRequests,
    peers: onePeerEach,
    ours: 'toyou-proxy',
    operationsPerCompletion: 1,
    longestSample: 200_000,
  };
}

function echoRow(id: string, title: string, payloadBytes: number, connections: number): Row {
  return {
    id,
    title,
    unit: 'µs',
    secure: false,
    scenario: { kind: 'websocket-echo', payloadBytes, connections },
    warmUp: manyMessages,
    peers: bothNginx,
    ours: 'toyou-proxy',
    operationsPerCompletion: 2,
    longestSample: 200_000,
  };
}
