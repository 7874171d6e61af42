import assert from 'node:assert/strict';
import { behaviour } from '../../support/stage.js';
import { get } from '../../support/wire.js';
import { secureClient, tlsFor } from './secure-stage.js';

behaviour('to a client that speaks TLS the cookie of sticky is Secure', async (stage) => {
  const backend = await stage.backend();
  await stage.start({
    services: { api: { url: backend.url, sticky: {} } },
    host_rules: [{ pattern: 'a.example', target: 'api', tls: await tlsFor('a.example') }],
  });
  const client = await secureClient(stage.port);
  client.send(get());
  const cookie = (await client.takeResponse()).get('set-cookie');
  assert.match(cookie ?? '', /^toyou_backend=[^;]+; Path=\/; HttpOnly; SameSite=Lax; Secure$/);
  client.destroy();
});
