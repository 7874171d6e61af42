import net from 'node:net';
import { destroyWithReset } from '../../../src/channel/destroy-with-reset.js';
import { until } from '../turns.js';
import { Link, type LinkSetup } from './link.js';
import { linkTraffic } from './link-traffic.js';

/** The setup of the connection with this number, from 0 on. */
type SetupOf = (index: number) => LinkSetup;

/**
 * A TCP relay that stands before a port, and makes of a good network a bad one. Without faults FIN passes as FIN, a
 * reset as a reset, a peer that takes nothing makes the other wait, and nothing is lost.
 */
export class FaultProxy {
  /** In the order they were accepted; a connection that its target refused is not among them. */
  readonly links: Link[] = [];
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  /** Ports of who connected, once the target has accepted or refused. */
  readonly #answered = new Set<number | undefined>();
  #accepted = 0;

  private constructor(targetPort: number, setupOf: SetupOf) {
    const options = { allowHalfOpen: true, pauseOnConnect: true };
    this.#server = net.createServer(options, (near) => this.#accept(near, targetPort, setupOf(this.#accepted++)));
  }

  static async listen(targetPort: number, setup: LinkSetup | SetupOf = {}): Promise<FaultProxy> {
    const proxy = new FaultProxy(targetPort, typeof setup === 'function' ? setup : () => setup);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject);
      proxy.#server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, resolve);
    });
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  /** Sockets of its own that are not closed yet. */
  get openSockets(): number {
    return this.#sockets.size;
  }

  /** Waits until the connection from this port has been accepted by the target as well, or refused. */
  async reached(fromPort: number | undefined): Promise<void> {
    await until(() => this.#answered.has(fromPort), `the connection from port ${fromPort} at the target`);
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const link of this.links) link.destroy();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #accept(near: net.Socket, targetPort: number, setup: LinkSetup): void {
    linkTraffic.due++;
    const { remotePort } = near;
    this.#answered.delete(remotePort);
    const far = net.connect({ host: '127.0.0.1', port: targetPort, allowHalfOpen: true });
    this.#keep(near);
    this.#keep(far);
    let dialing = true;
    const dialed = (): void => {
      if (dialing) linkTraffic.due--;
      dialing = false;
      this.#answered.add(remotePort);
    };
    const failed = (): void => {
      destroyWithReset(near);
      far.destroy();
    };
    far.once('error', failed);
    far.once('close', dialed);
    far.once('connect', () => {
      dialed();
      linkTraffic.moves++;
      far.off('error', failed);
      far.pause();
      this.links.push(new Link(near, far, setup));
    });
  }

  #keep(socket: net.Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
  }
}
