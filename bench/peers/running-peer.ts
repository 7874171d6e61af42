import { mkdirSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Child } from '../child.js';
import type { Peer, PeerId } from './peer.js';

const START_TIMEOUT_MS = 10_000;
const POLL_MS = 25;

/** A proxy that accepts connections. */
export class RunningPeer {
  readonly id: PeerId;
  readonly port: number;
  readonly child: Child;

  private constructor(id: PeerId, port: number, child: Child) {
    this.id = id;
    this.port = port;
    this.child = child;
  }

  /** Starts it and waits until it can be connected to. `folder` is where it may have a folder of its own. */
  static async start(peer: Peer, place: Place): Promise<RunningPeer> {
    const port = await freePort();
    const folder = join(place.folder, `${peer.id}-${port}`);
    mkdirSync(folder);
    const launch = peer.launch({ port, backendPort: place.backendPort, folder });
    const child = new Child({ name: peer.id, core: place.core, ...launch });
    const running = new RunningPeer(peer.id, port, child);
    const giveUpAt = performance.now() + START_TIMEOUT_MS;
    while (!(await accepts(port))) {
      child.assertRunning();
      if (performance.now() > giveUpAt) {
        const state = child.describe();
        await child.stop();
        throw new Error(`${peer.id} does not listen on port ${port}: ${state}`);
      }
      await sleep(POLL_MS);
    }
    return running;
  }

  stop(): Promise<void> {
    return this.child.stop();
  }
}

/** Where a peer is put. */
export interface Place {
  readonly folder: string;
  readonly backendPort: number;
  readonly core: number | undefined;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
