import assert from 'node:assert/strict';
import {
  closes,
  type Death,
  half,
  hears,
  isCut,
  NO_PINGS,
  passes,
  restOfHalf,
  told,
  waitsForClient,
  wakesUp,
} from './tunnel-deaths.js';
import { close, frame, takeClose } from './tunnel-ends.js';

/** Of an endpoint's own doing. */
export const deathsByEndpoints: readonly Death[] = [
  {
    how: 'the client closes',
    told: told('closed', 'client', [3001, 3002], [3002, 3001]),
    play: (ends) => closes(ends, 'client', 3001, 3002),
  },
  {
    how: 'the backend closes',
    told: told('closed', 'backend', [3002, 3001], [3001, 3002]),
    play: (ends) => closes(ends, 'backend', 3001, 3002),
  },
  {
    how: 'the client closes without a code',
    told: told('closed', 'client', [1005, 1000], [1000, 1005]),
    play: (ends) => closes(ends, 'client', null, 1000),
  },
  {
    how: 'the backend does not answer a Close',
    told: told('closed', 'client', [1000, 1011], [null, 1000]),
    async play(ends, stage) {
      await passes(ends, 'client', close('client', 1000));
      await stage.pass(10_250);
      await isCut(ends.backend);
      assert.equal(await takeClose(ends.client, 'client'), '1011 backend gone');
      await isCut(ends.client);
    },
  },
  {
    how: 'the backend goes inside a frame instead of answering a Close',
    told: told('closed', 'client', [1001, null], [null, 1001], 'client'),
    async play(ends) {
      await passes(ends, 'backend', half('backend'));
      await passes(ends, 'client', close('client', 1001));
      ends.backend.end();
      await isCut(ends.client);
      await isCut(ends.backend);
    },
  },
  {
    how: 'the client is gone before the answer to its Close',
    told: told('closed', 'client', [1001, null], [1000, 1001]),
    async play(ends, stage) {
      await passes(ends, 'client', close('client', 1001));
      ends.client.reset();
      await stage.open('clientConnections', 0);
      ends.backend.send(close('backend', 1000));
      await isCut(ends.backend);
    },
  },
  {
    how: 'the client closes, and takes no answer',
    settings: NO_PINGS,
    told: told('closed', 'client', [4001, null], [1000, 4001], 'client'),
    async play(ends, stage) {
      await waitsForClient(ends, stage);
      await passes(ends, 'client', close('client', 4001));
      ends.backend.send(close('backend', 1000));
      await isCut(ends.backend);
      await stage.pass(62_000);
      await wakesUp(ends);
    },
  },
  {
    how: 'the client is gone',
    told: told('client-gone', 'client', [null, null], [1000, 1001]),
    async play({ client, backend }) {
      client.reset();
      await hears(backend, 'backend', '1001 client gone');
    },
  },
  {
    how: 'the backend is gone',
    told: told('backend-gone', 'backend', [1000, 1011], [null, null]),
    async play({ client, backend }) {
      backend.reset();
      await hears(client, 'client', '1011 backend gone');
    },
  },
  {
    how: 'the client is gone inside a frame',
    told: told('client-gone', 'client', [null, null], [null, null], 'backend'),
    async play(ends) {
      await passes(ends, 'client', half('client'));
      ends.client.reset();
      await isCut(ends.backend);
    },
  },
  {
    how: 'the backend is gone inside a frame',
    told: told('backend-gone', 'backend', [null, null], [null, null], 'client'),
    async play(ends) {
      await passes(ends, 'backend', half('backend'));
      ends.backend.reset();
      await isCut(ends.client);
    },
  },
  {
    how: 'the client breaks the protocol',
    told: told('client-protocol-error', 'client', [null, 1002], [1000, 1001]),
    async play({ client, backend }) {
      client.send(frame('client', 3, 'x'));
      assert.equal(await takeClose(client, 'client'), '1002 protocol error of the client');
      await hears(backend, 'backend', '1001 protocol error of the client');
      await isCut(client);
    },
  },
  {
    how: 'the backend breaks the protocol',
    told: told('backend-protocol-error', 'backend', [1000, 1011], [null, 1002]),
    async play({ client, backend }) {
      backend.send(frame('backend', 3, 'x'));
      assert.equal(await takeClose(backend, 'backend'), '1002 protocol error of the backend');
      await hears(client, 'client', '1011 protocol error of the backend');
      await isCut(backend);
    },
  },
  {
    how: 'the client breaks the protocol while a frame to it is half through',
    told: told('client-protocol-error', 'client', [null, null], [1000, 1001], 'client'),
    async play(ends) {
      await passes(ends, 'backend', half('backend'));
      ends.client.send(frame('client', 3, 'x'));
      assert.equal(await takeClose(ends.backend, 'backend'), '1001 protocol error of the client');
      await isCut(ends.client);
      ends.backend.send(restOfHalf('backend'));
      ends.backend.send(close('backend', 1000));
      await isCut(ends.backend);
    },
  },
];
