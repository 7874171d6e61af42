import assert from 'node:assert/strict';
import { RawBackend } from './raw-backend.js';
import type { RawPeer } from './raw-peer.js';
import { readStrictRequest, type StrictRequest } from './strict-request.js';

/** The bytes of a response; null: the test answers on `peer`. */
type Answer = (request: StrictRequest, peer: RawPeer) => string | null;

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const NOTHING = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';

/**
 * A backend with a reader of its own, which shares nothing with the proxy's: whatever could be read in two ways is a
 * fault. It answers no request before the one ahead of it was answered, so bytes behind a request that wait are seen.
 */
export class StrictBackend {
  /** In the order they were read whole. */
  readonly requests: StrictRequest[] = [];
  /** What could be read in two ways, and why. */
  readonly faults: string[] = [];
  readonly raw: RawBackend;
  readonly #answer: Answer;
  readonly #forgotten = new Set<RawPeer>();

  private constructor(raw: RawBackend, answer: Answer) {
    this.raw = raw;
    this.#answer = answer;
  }

  static async listen(answer: Answer = ({ method }) => (method === 'HEAD' ? NOTHING : OK)): Promise<StrictBackend> {
    const backend: StrictBackend = new StrictBackend(
      await RawBackend.listen((peer) => void backend.#serve(peer)),
      answer,
    );
    return backend;
  }

  get url(): string {
    return this.raw.url;
  }

  /** Method and target of every request that came whole. */
  get seen(): string[] {
    return this.requests.map(({ method, target }) => `${method} ${target}`);
  }

  /** What came and was never a whole request. Waits until the connections that it came on have ended. */
  async unfinished(): Promise<string[]> {
    const broken = this.raw.connections.filter((peer) => peer.untaken !== '' && !this.#forgotten.has(peer));
    for (const peer of broken) await peer.ending();
    return broken.map((peer) => peer.untaken);
  }

  /** What came so far is over. */
  forget(): void {
    this.requests.length = 0;
    this.faults.length = 0;
    for (const peer of this.raw.connections) if (peer.closed || peer.endings.length > 0) this.#forgotten.add(peer);
  }

  /** Nothing could be read in two ways, and these requests came, no more. */
  assertSaw(...requests: readonly string[]): void {
    assert.deepEqual(this.faults, []);
    assert.deepEqual(this.seen, requests);
  }

  close(): Promise<void> {
    return this.raw.close();
  }

  async #serve(peer: RawPeer): Promise<void> {
    let seenBytes = 0;
    try {
      for (;;) {
        const read = readStrictRequest(peer.untaken);
        if (read === null) {
          // A request begins, or goes on, with the next bytes; none come behind an end.
          if (peer.endings.length > 0 || peer.closed) return;
          seenBytes = peer.received.length;
          await peer.bytesOrEnd(seenBytes);
          continue;
        }
        await peer.take(read.length);
        this.requests.push(read.request);
        // The proxy sends one request at a time: what stands behind one before its answer is smuggled.
        if (peer.untaken !== '') throw new Error(`bytes behind a request: ${JSON.stringify(peer.untaken)}`);
        const answer = this.#answer(read.request, peer);
        if (answer !== null) peer.send(answer);
      }
    } catch (fault) {
      this.faults.push(fault instanceof Error ? fault.message : String(fault));
      peer.destroy();
    }
  }
}
