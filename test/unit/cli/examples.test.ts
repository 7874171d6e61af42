import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadOptions } from '../../../src/cli/configuration.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { exampleCertificates } from '../../support/example-certificates.js';
import { listFiles, root } from '../house/tree.js';

/** Keys that mean nothing on Node: the one example that holds every key has them. */
const GO_KEYS = ['max_goroutines', 'goroutine_stack_size'].map((key) => [
  `advanced.concurrency.${key}`,
  'means nothing on Node and is ignored',
]);

const { folder } = await exampleCertificates();

for (const file of listFiles('examples', '.yaml').filter((path) => path.split('/').length === 2)) {
  const expected = file === 'examples/full.yaml' ? GO_KEYS : [];
  test(`${file} is valid and warns of ${expected.length === 0 ? 'nothing' : 'the keys of Go'}`, () => {
    const loaded = loadConfig({ file: join(root, file), ...loadOptions({}, { CERTIFICATES: folder }) });
    assert.deepEqual(
      {
        ok: loaded.ok,
        errors: loaded.ok ? [] : loaded.errors,
        warnings: loaded.warnings.map(({ path, message }) => [path, message]),
      },
      { ok: true, errors: [], warnings: expected },
    );
  });
}
