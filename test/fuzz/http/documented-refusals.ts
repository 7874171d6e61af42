import { readText } from '../../unit/house/tree.js';

const ROW = /^\| `([a-z0-9-]+)` \| (\d{3}) \| client \| (?:head|request) \|/gm;

/** What docs/errors.md says that requests are refused with: code → status. */
export const documentedRefusals: ReadonlyMap<string, number> = new Map(
  [...readText('docs/errors.md').matchAll(ROW)].map(([, code = '', status]) => [code, Number(status)]),
);
