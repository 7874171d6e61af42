import assert from 'node:assert/strict';
import { FaultProxy } from '../support/faults/fault-proxy.js';
import type { LinkSetup } from '../support/faults/link.js';
import { throughLinks } from '../support/faults/test-links.js';
import type { RawBackend } from '../support/raw-backend.js';
import { RawPeer } from '../support/raw-peer.js';
import { behaviour, type Stage } from '../support/stage.js';
import { close, frame, handshake, switching, text } from '../support/tunnel-ends.js';
import { settled } from '../support/turns.js';
import { get } from '../support/wire.js';

/** Less than any timeout. */
const INTERRUPTED_MS = 9_000;
const STEP_BYTES = throughLinks ? 101 : 31;
const BODY = 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n';
const STREAM = 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/event-stream\r\n\r\n';
const EVENTS = ['data: 1\n\n', 'event: x\ndata: 2\n\n'];

/** Everything that both ends say to each other, and what each must have read at last. */
type Conversation = (client: RawPeer, backend: () => Promise<RawPeer>) => Promise<void>;

const conversations: Record<string, Conversation> = {
  'a request and its response': async (client, backend) => {
    client.send(`POST / HTTP/1.1\r\nHost: a.example\r\n${BODY}`);
    const peer = await backend();
    await peer.takeHead();
    assert.equal(await peer.take(BODY.length - 30), BODY.slice(30));
    const response = `HTTP/1.1 200 OK\r\nConnection: close\r\n${BODY}`;
    peer.send(response);
    peer.end();
    assert.equal(
      (await client.takeHead()) + (await client.take(BODY.length - 30)),
      response.replace('Connection: close\r\n', ''),
    );
  },
  'a request and a response with lengths': async (client, backend) => {
    client.send('POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 50\r\n\r\n');
    client.send('x'.repeat(50));
    const peer = await backend();
    await peer.takeHead();
    assert.equal(await peer.take(50), 'x'.repeat(50));
    peer.send(`HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 60\r\n\r\n${'y'.repeat(60)}`);
    peer.end();
    assert.equal((await client.takeResponse()).body, 'y'.repeat(60));
  },
  'an event stream': async (client, backend) => {
    client.send(get('/', 'Accept: text/event-stream\r\n'));
    const peer = await backend();
    await peer.takeHead();
    peer.send(STREAM);
    await client.takeHead();
    for (const event of EVENTS) peer.send(event);
    peer.end();
    assert.equal(await client.takeRest(), EVENTS.join(''));
    assert.deepEqual(client.endings, ['fin']);
  },
  'a tunnel': async (client, backend) => {
    client.send(handshake());
    const peer = await backend();
    await peer.takeHead();
    peer.send(switching());
    assert.match(await client.takeHead(), /^HTTP\/1\.1 101 /);
    const up = Buffer.concat([text('client', 'Hello'), frame('client', 9, 'p'), frame('client', 2, 'b'.repeat(200))]);
    const down = Buffer.concat([text('backend', 'World'), frame('backend', 10, 'p'), close('backend', 1000)]);
    client.send(up);
    peer.send(down);
    assert.equal(await client.take(down.length), down.toString('latin1'));
    assert.equal(await peer.take(up.length), up.toString('latin1'));
    client.send(close('client', 1000));
    assert.equal(await peer.take(8), close('client', 1000).toString('latin1'));
    peer.end();
    client.end();
    await Promise.all([peer.ending(), client.ending()]);
  },
};

/** Where the network stands still: before the proxy or behind it, and in which direction. */
const places = [
  ['client', 'up'],
  ['client', 'down'],
  ['backend', 'up'],
  ['backend', 'down'],
] as const;

/** A proxy between two fault proxies: connections of one way on one side stand still behind so many bytes. */
class Interruptions {
  readonly #stage: Stage;
  readonly #backend: RawBackend;
  readonly #links: { readonly client: FaultProxy; readonly backend: FaultProxy };

  private constructor(stage: Stage, backend: RawBackend, links: { client: FaultProxy; backend: FaultProxy }) {
    this.#stage = stage;
    this.#backend = backend;
    this.#links = links;
  }

  static async start(stage: Stage, side: 'client' | 'backend', setup: () => LinkSetup): Promise<Interruptions> {
    const at = await stage.rawBackend();
    const backend = await FaultProxy.listen(at.port, side === 'backend' ? setup : {});
    await stage.start({ backends: [{ url: `http://127.0.0.1:${backend.port}` }] });
    const client = await FaultProxy.listen(stage.port, side === 'client' ? setup : {});
    return new Interruptions(stage, at, { client, backend });
  }

  async close(): Promise<void> {
    await this.#links.client.close();
    await this.#links.backend.close();
  }

  /** One conversation. @returns whether it stood still */
  async play(talk: Conversation): Promise<boolean> {
    const stage = this.#stage;
    const first = this.#backend.connections.length;
    const client = await RawPeer.connect(this.#links.client.port);
    let over = false;
    const talked = talk(client, () => this.#backend.connection(first)).then(() => {
      over = true;
    });
    talked.catch(() => {});
    await settled(30);
    const stood = !over;
    await stage.pass(INTERRUPTED_MS);
    assert.equal(over, !stood, 'time alone ends nothing');
    for (const { links } of Object.values(this.#links))
      for (const { up, down } of links) [up.release(), down.release()];
    await talked;
    client.destroy();
    await stage.open('exchanges', 0);
    await stage.open('tunnels', 0);
    return stood;
  }
}

for (const [what, talk] of Object.entries(conversations)) {
  for (const [side, way] of places) {
    behaviour(`${what} is whole where the network stands still ${way} at the ${side}`, async (stage) => {
      let at = 0;
      const interruptions = await Interruptions.start(stage, side, () => ({
        [way]: { faults: [{ at, does: 'stall' }] },
      }));
      try {
        while (await interruptions.play(talk)) at += STEP_BYTES;
        assert.ok(at > 60, `it stood still behind ${at} bytes at most`);
      } finally {
        await interruptions.close();
      }
    });
  }
}
