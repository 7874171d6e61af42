import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { loadConfig } from '../../../src/config/load-config.js';
import { CertificateFolder } from '../../support/certificate-folder.js';
import { Authority, type Wish } from '../../support/certificates.js';
import { configOf, errorsOf, standInTypes, warningsOf } from './stand-ins.js';

const folder = await CertificateFolder.create();
const { authority } = folder;
const other = await authority.issue({ names: ['a.example'] });

async function filesFor(name: string, wish: Wish): Promise<{ cert: string; key: string }> {
  return folder.writeIdentity(name, await authority.issue(wish));
}

function rule(pattern: string, keys: Readonly<Record<string, string>>): string {
  const tls = Object.entries(keys).map(([key, value]) => `      ${key}: "${value}"\n`);
  return `services: { api: { url: "http://a:1" } }
host_rules:
  - pattern: "${pattern}"
    target: api
    tls:
${tls.join('')}`;
}

const good = await filesFor('good', {
  names: ['a.example', '*.example.org', '127.0.0.1'],
  subject: 'CN=common.example',
});
const missing = join(folder.folder, 'missing.pem');
const noPem = folder.write('no.pem', 'nothing of the kind\n');
const encrypted = folder.write(
  'encrypted.key',
  '-----BEGIN ENCRYPTED PRIVATE KEY-----\nMII=\n-----END ENCRYPTED PRIVATE KEY-----\n',
);
const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

describe('tls of a host rule', () => {
  it('has the text of its files in the configuration', () => {
    const { tls } = configOf(rule('a.example', { ...good, client_ca: folder.caFile })).host_rules[0] ?? {};
    assert.match(tls?.cert.pem ?? '', /^-----BEGIN CERTIFICATE-----/);
    assert.match(tls?.key.pem ?? '', /^-----BEGIN PRIVATE KEY-----/);
    assert.equal(tls?.client_ca?.pem, authority.cert);
    assert.equal(tls?.client_auth, 'require');
  });

  it('needs cert and key', () => {
    assert.deepEqual(errorsOf(rule('a.example', { cert: good.cert })), ['5:5 host_rules[0].tls.key: is required']);
  });

  for (const pattern of ['a.example', 'A.Example.', 'www.example.org', '*.example.org', '127.0.0.1', '*', '~^x']) {
    it(`takes a certificate that is for ${pattern}`, () => {
      assert.deepEqual(errorsOf(rule(pattern, good)), []);
    });
  }

  for (const pattern of ['b.example', '*.example.net', 'deep.www.example.org', '127.0.0.2', 'common.example']) {
    it(`does not take one that is not for ${pattern}`, () => {
      const names = 'a.example, *.example.org, 127.0.0.1';
      assert.deepEqual(errorsOf(rule(pattern, good)), [
        `6:13 host_rules[0].tls.cert: ${good.cert}: is for ${names}, not for ${pattern}`,
      ]);
    });
  }

  const refused: Readonly<Record<string, () => Promise<[Readonly<Record<string, string>>, string]>>> = {
    'a certificate that is not there': async () => {
      return [{ ...good, cert: missing }, `6:13 host_rules[0].tls.cert: ${missing}: there is no such file`];
    },
    'a folder': async () => {
      return [
        { ...good, cert: folder.folder },
        `6:13 host_rules[0].tls.cert: ${folder.folder}: is a directory, not a file`,
      ];
    },
    'a file without a certificate': async () => {
      return [{ ...good, cert: noPem }, `6:13 host_rules[0].tls.cert: ${noPem}: holds no certificate in PEM form`];
    },
    'an expired certificate': async () => {
      const files = await filesFor('expired', { names: ['a.example'], fromDays: -10, untilDays: -2 });
      return [files, `6:13 host_rules[0].tls.cert: ${files.cert}: expired on ${day(-2)}`];
    },
    'one that is not valid yet': async () => {
      const files = await filesFor('early', { names: ['a.example'], fromDays: 3 });
      return [files, `6:13 host_rules[0].tls.cert: ${files.cert}: is not valid before ${day(3)}`];
    },
    "another certificate's key": async () => {
      const key = folder.write('other.key', other.key);
      return [{ ...good, key }, `7:12 host_rules[0].tls.key: ${key}: does not belong to the certificate ${good.cert}`];
    },
    'a key that is none': async () => {
      return [{ ...good, key: noPem }, `7:12 host_rules[0].tls.key: ${noPem}: holds no private key in PEM form`];
    },
    'an encrypted key': async () => {
      const error = `7:12 host_rules[0].tls.key: ${encrypted}: is encrypted: write the key without a passphrase`;
      return [{ ...good, key: encrypted }, error];
    },
    'an expired authority': async () => {
      const old = await Authority.create('CN=Old', { fromDays: -10, untilDays: -1 });
      const client_ca = folder.write('old-ca.pem', old.cert);
      return [{ ...good, client_ca }, `8:18 host_rules[0].tls.client_ca: ${client_ca}: expired on ${day(-1)}`];
    },
    'client_auth without client_ca': async () => {
      return [
        { ...good, client_auth: 'optional' },
        '8:7 host_rules[0].tls.client_auth: means nothing without `client_ca`',
      ];
    },
  };
  for (const [what, make] of Object.entries(refused)) {
    it(`refuses ${what}`, async () => {
      const [keys, error] = await make();
      assert.deepEqual(errorsOf(rule('a.example', keys)), [error]);
    });
  }

  it('refuses a key in place of its path, and looks for no such file', () => {
    const text = rule('a.example', { ...good, key: '-----BEGIN PRIVATE KEY-----' });
    assert.deepEqual(errorsOf(text), [
      '7:12 host_rules[0].tls.key: expected the path of a PEM file, got the text "-----BEGIN PRIVATE KEY-----"',
    ]);
  });

  it('warns of a certificate that expires within 14 days', async () => {
    const files = await filesFor('soon', { names: ['a.example'], untilDays: 9.5 });
    assert.deepEqual(warningsOf(rule('a.example', files)), [
      `6:13 host_rules[0].tls.cert: ${files.cert}: expires on ${day(9.5)}, in 9 days`,
    ]);
    assert.deepEqual(warningsOf(rule('a.example', good)), []);
    const [error] = errorsOf(rule('a.example', files), { now: new Date(Date.now() + 10 * 86_400_000) });
    assert.match(error ?? '', /: expired on /);
  });

  it('finds files relative to the file that names them, and names all that were read', () => {
    mkdirSync(join(folder.folder, 'conf.d'));
    folder.write(
      'conf.d/hosts.yaml',
      rule('a.example', { cert: '../good.pem', key: `file:${good.key}` })
        .split('\n')
        .slice(1)
        .join('\n'),
    );
    const main = folder.write('main.yaml', 'config_dir: conf.d\nservices: { api: { url: "http://a:1" } }\n');
    const loaded = loadConfig({ file: main, env: {}, middlewareTypes: standInTypes });
    assert.ok(loaded.ok);
    assert.deepEqual(
      loaded.files.map((file) => relative(folder.folder, file)),
      ['main.yaml', 'conf.d/hosts.yaml', 'good.pem', 'good.key'],
    );
  });
});

describe('tls of a service', () => {
  const service = (url: string, keys: string) => {
    return `services: { api: { url: "${url}", tls: { ${keys} } } }\nhost_rules: [{ pattern: "*", target: api }]\n`;
  };

  it('has its defaults', () => {
    const { tls } = configOf(service('https://a', '')).services.api ?? {};
    assert.deepEqual(tls, { verify: true, min_version: '1.2' });
  });

  it('takes the port of https from the scheme', () => {
    for (const [url, port] of [
      ['https://a', 443],
      ['wss://a', 443],
      ['https://a:8443', 8443],
      ['http://a', 80],
    ] as const) {
      const [backend] = configOf(service(url, '')).services.api?.load_balancer.backends ?? [];
      assert.deepEqual([backend?.port, backend?.tls], [port, port !== 80], url);
    }
  });

  it('needs a key for its certificate, and reads both', () => {
    assert.deepEqual(errorsOf(service('https://a', `cert: ${good.cert}`)), [
      '1:45 services.api.tls.cert: means nothing without `key`',
    ]);
    assert.deepEqual(errorsOf(service('https://a', `ca: ${missing}`)), [
      `1:49 services.api.tls.ca: ${missing}: there is no such file`,
    ]);
  });

  it('is warned of where it protects nothing', () => {
    assert.deepEqual(warningsOf(service('http://a', '')), [
      '1:37 services.api.tls: has no effect: no url of this service begins with https:// or wss://',
    ]);
    assert.deepEqual(warningsOf(service('https://a', 'verify: false')), [
      '1:53 services.api.tls.verify: whoever is between can read and change everything',
    ]);
  });
});
