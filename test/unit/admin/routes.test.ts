import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { routesOf } from '../../../src/admin/routes.js';

/** The methods of a path, and what it names. */
function found(path: string): string {
  const { routes, named } = routesOf(path);
  return [routes.map(({ method }) => method).join(' '), ...named].join(' | ');
}

describe('the routes of a path', () => {
  it('are all of the same pattern, with what it names', () => {
    assert.equal(found('/api/connections'), 'GET');
    assert.equal(found('/api/connections/a'), 'GET DELETE | a');
    assert.equal(found('/api/services/chat/backends/10.0.0.1:80'), 'PATCH | chat | 10.0.0.1:80');
  });

  it('are those that name less, where two match', () => {
    assert.equal(found('/api/connections/close'), 'POST');
    assert.equal(found('/api/connections/closed'), 'GET DELETE | closed');
  });

  it('name segments, percent-decoded one by one', () => {
    const url = 'http://10.0.0.1:80/a b?%';
    assert.equal(found(`/api/services/a%2Fb/backends/${encodeURIComponent(url)}`), `PATCH | a/b | ${url}`);
    assert.equal(found('/api/services/a/backends/%zz'), 'PATCH | a | %zz');
    assert.equal(found('/api/services/%3Aservice/backends/:backend'), 'PATCH | :service | :backend');
  });

  it('are none for what is shorter, longer, empty or of another case', () => {
    for (const path of [
      '/',
      '',
      'healthz',
      '/api/services/a',
      '/api/services/a/backends',
      '/api/services/a/backends/',
      '/api/services//backends/b',
      '/api/services/a/backends/b/c',
      '/api/services/a/backend/b',
      '/api/services/',
      '/API/services',
      '/api/connections/a/',
    ]) {
      assert.equal(found(path), '', path);
    }
  });
});
