import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadOptions } from '../../../src/cli/configuration.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { exampleCertificates } from '../../support/example-certificates.js';
import { listFiles, root } from '../house/tree.js';

const { folder } = await exampleCertificates();

for (const file of listFiles('examples', '.yaml').filter((path) => path.split('/').length === 2)) {
  test(`${file} is valid and warns of nothing`, () => {
    const loaded = loadConfig({ file: join(root, file), ...loadOptions({}, { CERTIFICATES: folder }) });
    assert.deepEqual(
      { ok: loaded.ok, errors: loaded.ok ? [] : loaded.errors, warnings: loaded.warnings },
      {
        ok: true,
        errors: [],
        warnings: [],
      },
    );
  });
}
