import assert from 'node:assert/strict';

/** One metric as the text format tells it. */
export interface ReadMetric {
  readonly help: string;
  readonly type: string;
  /** By name and labels as written: `name{a="b"}`. */
  readonly samples: Map<string, number>;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"';
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (\\S+)$`);
const NUMBER = /^(?:[+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf)|NaN)$/i;
const TYPES = new Set(['counter', 'gauge', 'histogram', 'summary', 'untyped']);

/**
 * Reads Prometheus's text format (0.0.4) strictly: HELP, TYPE, then the samples of each metric together, no sample twice,
 * counters that end with `_total` and are not negative, histograms that are whole and only grow.
 */
export function readPrometheusText(text: string): Map<string, ReadMetric> {
  assert.ok(text.endsWith('\n'), 'the last line ends');
  const metrics = new Map<string, ReadMetric>();
  let [name, metric]: [string, ReadMetric | null] = ['', null];
  let help: readonly [string, string] | null = null;
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const [, about, of = '', said = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (about === 'HELP') {
      assert.ok(said.length > 0 && help === null, line);
      help = [of, said];
    } else if (about === 'TYPE') {
      assert.ok(help !== null && help[0] === of && !metrics.has(of) && TYPES.has(said), line);
      [name, metric] = [of, { help: help[1], type: said, samples: new Map() }];
      metrics.set(name, metric);
      help = null;
    } else {
      assert.ok(metric !== null && help === null, `a sample where none is expected: ${line}`);
      addSample(line, name, metric);
    }
  }
  for (const [of, read] of metrics) judge(of, read);
  return metrics;
}

function addSample(line: string, of: string, { type, samples }: ReadMetric): void {
  const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? [];
  assert.ok(name !== '' && NUMBER.test(value), `no sample: ${line}`);
  const endings =
    type === 'histogram' ? ['_bucket', '_sum', '_count'] : type === 'summary' ? ['', '_sum', '_count'] : [''];
  assert.ok(
    endings.some((ending) => name === `${of}${ending}`),
    `${name} among the samples of ${of}`,
  );
  const keys = [...labels.matchAll(/([a-zA-Z_]\w*)=/g)].map(([, key]) => key);
  assert.equal(new Set(keys).size, keys.length, `a label stands twice: ${line}`);
  const key = labels === '' ? name : `${name}{${labels}}`;
  assert.ok(!samples.has(key), `twice: ${key}`);
  samples.set(key, Number(value.replace('Inf', 'Infinity')));
}

function judge(name: string, { type, samples }: ReadMetric): void {
  if (type === 'counter') {
    assert.match(name, /_total$/);
    for (const [sample, value] of samples) assert.ok(value >= 0, sample);
  }
  if (type !== 'histogram') return;
  const last = new Map<string, number>();
  for (const [sample, value] of samples) {
    const [, labels = '', le] = /_bucket\{(.*?),?le="([^"]+)"\}$/.exec(sample) ?? [];
    if (le === undefined) continue;
    assert.ok(value >= (last.get(labels) ?? 0), `less than the bucket below: ${sample}`);
    last.set(labels, value);
    const rest = labels === '' ? '' : `{${labels}}`;
    if (le === '+Inf') assert.equal(samples.get(`${name}_count${rest}`), value, `${sample} and _count`);
    assert.ok(
      samples.has(`${name}_sum${rest}`) && samples.has(`${name}_bucket{${labels}${labels === '' ? '' : ','}le="+Inf"}`),
    );
  }
}
