import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Judged } from '../../unit/protocol/websocket/ws-receiver.js';
import { StubTunnel } from '../../unit/tunnel/stub-tunnel.js';
import { framePieces, frames } from '../frames/frame-grammar.js';
import { judgeFrames } from '../frames/judge-frames.js';
import { cutBytes, cuts, mutate, mutations } from '../mutation.js';
import { defineSubject } from '../subject.js';

const inputs = fc
  .record({
    deflate: fc.boolean(),
    client: fc.record({ whole: frames(true), changes: mutations(framePieces), cuts }),
    backend: fc.record({ whole: frames(false), changes: mutations(framePieces), cuts }),
    turns: fc.array(fc.boolean(), { maxLength: 30 }),
  })
  .map(({ deflate, client, backend, turns }) => ({
    deflate,
    turns,
    client: { bytes: mutate(client.whole, client.changes), cuts: client.cuts },
    backend: { bytes: mutate(backend.whole, backend.changes), cuts: backend.cuts },
  }));

type Direction = 'client' | 'backend';

/** A whole tunnel, both directions at once: what `ws` reads behind it is what was sent into it. */
export const tunnelSubject = defineSubject({
  name: 'tunnel',
  shortRuns: 1000,
  inputs,
  bytesOf: ({ client, backend }) => Buffer.concat([client.bytes, backend.bytes]),
  judge: async ({ deflate, client, backend, turns }) => {
    const stub = new StubTunnel({}, deflate ? 'permessage-deflate' : '');
    const pieces = { client: cutBytes(client.bytes, client.cuts), backend: cutBytes(backend.bytes, backend.cuts) };
    const sent = { client: 0, backend: 0 };
    const bring = (side: Direction): void => {
      const piece = pieces[side].shift();
      if (piece === undefined || !stub[side].writable) return;
      const view = Buffer.from(piece);
      sent[side] += view.length;
      stub[side].comes(view);
      view.fill(0xee); // a view that somebody kept shows
    };
    for (const first of turns) bring(first ? 'client' : 'backend');
    while (pieces.client.length > 0) bring('client');
    while (pieces.backend.length > 0) bring('backend');
    const toBackend = await judgeDirection(client.bytes.subarray(0, sent.client), stub.backend.hex, true, deflate);
    const toClient = await judgeDirection(backend.bytes.subarray(0, sent.backend), stub.client.hex, false, deflate);
    // Where nothing ends the tunnel, only the beginning of a frame is held back, which is no frame yet.
    if ([toBackend, toClient].some(({ before }) => before.ends)) return;
    for (const { before, after } of [toBackend, toClient]) assert.deepEqual(after, before);
  },
});

interface Heard {
  readonly messages: readonly string[];
  readonly controls: readonly string[];
  /** By a fault or a Close. */
  readonly ends: boolean;
}

/** What came out is the beginning of what went in, up to the first fault, then at most a Close of ours. */
async function judgeDirection(
  input: Buffer,
  hex: string,
  masked: boolean,
  deflate: boolean,
): Promise<{ before: Heard; after: Heard }> {
  const output = Buffer.from(hex, 'hex');
  let same = 0;
  while (same < output.length && output[same] === input[same]) same++;
  const came = await judgeFrames(output, masked, deflate);
  assert.equal(came.fault, null, 'frames that no receiver takes');
  const before = heard(await judgeFrames(input, masked, deflate));
  const after = heard(came);
  assert.deepEqual(after.messages, before.messages.slice(0, after.messages.length));
  assert.deepEqual(after.controls, before.controls.slice(0, after.controls.length));
  if (same < output.length) {
    assert.ok(came.close !== null, 'something of ours that is no Close');
    assert.ok(output.length - same <= 131, 'more of ours than a Close');
  }
  return { before, after };
}

function heard({ messages, controls, close, fault }: Judged): Heard {
  return {
    messages: messages.map((message) => message.toString('hex')),
    controls: controls.filter(({ opcode }) => opcode !== 8).map(({ payload }) => payload.toString('hex')),
    ends: close !== null || fault !== null,
  };
}
