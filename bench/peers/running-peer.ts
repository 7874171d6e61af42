import { mkdirSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Certificate } from '../certificate.js';
import { Child } from '../child.js';
import type { Destination } from '../wire.js';
import type { LaunchPlan, Peer, PeerId } from './peer.js';

const START_TIMEOUT_MS = 10_000;
const POLL_MS = 25;

/** A proxy that accepts connections. */
export class RunningPeer {
  readonly id: PeerId;
  readonly child: Child;
  readonly #port: number;
  readonly #tlsPort: number;
  readonly #ca: string;

  private constructor(id: PeerId, { port, tlsPort, certificate }: LaunchPlan, child: Child) {
    this.id = id;
    this.#port = port;
    this.#tlsPort = tlsPort;
    this.#ca = certificate.pem;
    this.child = child;
  }

  /** Starts it and waits until it can be connected to. `folder` is where it may have a folder of its own. */
  static async start(peer: Peer, place: Place): Promise<RunningPeer> {
    const port = await freePort();
    const tlsPort = await freePort();
    const folder = join(place.folder, `${peer.id}-${port}`);
    mkdirSync(folder);
    const { backendPort, certificate } = place;
    const plan = { port, tlsPort, certificate, backendPort, folder };
    const launch = peer.launch(plan);
    const child = new Child({ name: peer.id, core: place.core, ...launch });
    const running = new RunningPeer(peer.id, plan, child);
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

  /** Where the load is to go. */
  destination(secure: boolean): Destination {
    return secure ? { port: this.#tlsPort, ca: this.#ca } : { port: this.#port };
  }

  stop(): Promise<void> {
    return this.child.stop();
  }
}

/** Where a peer is put. */
export interface Place {
  readonly folder: string;
  readonly certificate: Certificate;
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
