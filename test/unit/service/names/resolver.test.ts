import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placesOf } from '../../../../src/service/names/places.js';
import { systemResolver } from '../../../../src/service/names/resolver.js';

test('localhost is asked of the system, and is one backend', async () => {
  const places = placesOf(await systemResolver('localhost'));
  assert.equal(places.length, 1);
  const [place] = places;
  assert.ok([place?.host, ...(place?.others ?? [])].includes('127.0.0.1'));
});

test('a name that is none has no answer', async () => {
  // A label of more than 63 bytes (RFC 1035): nobody has to be asked.
  await assert.rejects(systemResolver(`${'x'.repeat(64)}.invalid`));
});
