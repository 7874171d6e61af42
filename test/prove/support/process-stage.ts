import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { RawBackend } from '../../support/raw-backend.js';
import { RawPeer } from '../../support/raw-peer.js';
import { type Ends, handshake, switching } from '../../support/tunnel-ends.js';
import { get } from '../../support/wire.js';
import { type ProxyProcess, startProxy } from './proxy-process.js';

const latin1 = (bytes: string): Buffer => Buffer.from(bytes, 'latin1');

/** A proxy process between clients and a backend of the test's, whose connections are found by the request on them. */
export class ProcessStage {
  readonly proxy: ProxyProcess;
  readonly #before: number;
  readonly #waiting = new Map<string, (peer: RawPeer) => void>();
  #targets = 0;

  private constructor(proxy: ProxyProcess) {
    this.proxy = proxy;
    this.#before = proxy.descriptors();
  }

  static async start(t: TestContext): Promise<ProcessStage> {
    let stage: ProcessStage | null = null;
    const backend = await RawBackend.listen((peer) => void stage?.accepted(peer));
    t.after(() => backend.close());
    const timeout = 'read_timeout: 5, keepalive_timeout: 2';
    const pool = 'idle_timeout: 1';
    const proxy = await startProxy(t, { services: { raw: backend.url }, routes: { '*': 'raw' }, timeout, pool });
    stage = new ProcessStage(proxy);
    return stage;
  }

  async accepted(peer: RawPeer): Promise<void> {
    const came = await peer
      .takeThrough('/t')
      .then(() => peer.takeThrough(' '))
      .catch(() => null);
    if (came === null) peer.destroy();
    else this.#waiting.get(came.trim())?.(peer);
  }

  /** Sends a request with a target of its own. @returns both ends once the backend has begun to read it */
  async asked(request: Buffer): Promise<Ends> {
    const target = String(this.#targets++);
    const peer = new Promise<RawPeer>((resolve) => this.#waiting.set(target, resolve));
    const client = await RawPeer.connect(this.proxy.port);
    client.send(latin1(request.toString('latin1').replace(/ \/\S* /, ` /t${target} `)));
    const backend = await peer;
    this.#waiting.delete(target);
    return { client, backend };
  }

  async tunnel(): Promise<Ends> {
    const ends = await this.asked(latin1(handshake()));
    await ends.backend.takeHead();
    ends.backend.send(switching());
    await ends.client.takeHead();
    return ends;
  }

  /** Alive, serving, and with no file open that was not before. */
  async assertWhole(): Promise<void> {
    assert.ok(this.proxy.program.alive, this.proxy.program.output);
    const { client, backend } = await this.asked(latin1(get()));
    backend.send('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n');
    assert.equal((await client.takeResponse()).status, 204);
    client.destroy();
    backend.destroy();
    await this.proxy.descriptorsBackTo(this.#before);
  }
}
