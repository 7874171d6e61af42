import { inspect } from 'node:util';

const DOTS_PER_LINE = 100;

/**
 * A reporter for `node --test`: a dot for what passes, everything about what fails, and node's own summary at the end.
 * The runner wants a default export.
 * @param {AsyncIterable<{ type: string, data: any }>} events
 */
// biome-ignore lint/style/noDefaultExport: the contract of --test-reporter
export default async function* report(events) {
  let dots = 0;
  for await (const { type, data } of events) {
    if (type === 'test:pass' && isTest(data)) {
      dots += 1;
      yield dots % DOTS_PER_LINE === 0 ? '.\n' : '.';
    } else if (type === 'test:fail') {
      yield `${formatFailure(data)}\n`;
      dots = 0;
    } else if (type === 'test:stdout' || type === 'test:stderr') {
      yield data.message;
    } else if (type === 'test:diagnostic' && data.nesting === 0 && isSummary(data.message)) {
      if (dots % DOTS_PER_LINE !== 0) yield '\n';
      dots = 0;
      yield `# ${data.message}\n`;
    }
  }
}

function isTest(data) {
  return data.details?.type !== 'suite';
}

function isSummary(message) {
  return /^(?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) /.test(message);
}

function formatFailure(data) {
  const error = data.details?.error;
  const cause = error?.cause ?? error;
  const text = typeof cause === 'object' ? (cause?.stack ?? inspect(cause)) : String(cause);
  const place = data.file === undefined ? '' : ` (${data.file}:${data.line ?? 0})`;
  return `\nFAILED ${data.name}${place}\n${text.replace(/^/gm, '  ')}`;
}
