import { cpus } from 'node:os';
import type { Comparison } from './comparison.js';
import type { Cores } from './cores.js';
import type { Field } from './field.js';
import type { Row } from './rows.js';
import type { Plan } from './sample.js';
import { targets } from './targets.js';

/** What was measured with what. */
export interface Setting {
  readonly field: Field;
  readonly cores: Cores | undefined;
  readonly plan: Plan;
}

export interface RowResult {
  readonly row: Row;
  readonly comparisons: readonly Comparison[];
}

const BUSY_NOTE =
  'Busy: its share of its core. Far below 100 %, being woken for single events is much of the cost, and ratios shrink.';

export function isMissed(comparison: Comparison): boolean {
  return comparison.target?.met === false;
}

export function formatSetting({ field, cores, plan }: Setting): string {
  const versions = Object.entries(field.versions).map(([id, version]) => `${id} ${version}`);
  return [
    `Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}; ${formatCores(cores)}`,
    `Measured: ${versions.join(', ')}`,
    ...Object.entries(field.missing).map(([id, install]) => `Left out: ${id} is not installed: ${install}`),
    `CPU: user and system time of the proxy's processes per request, tunnel, handshake, or message relayed (an echo is two).`,
    ...(cores?.proxy === cores?.load ? [] : [BUSY_NOTE]),
    `Medians of ${plan.rounds} rounds; "ours is" is the median (min to max) of each round's own ratio.`,
  ].join('\n');
}

/** A row's comparisons as aligned text. */
export function formatRow({ row, comparisons }: RowResult): string {
  const unit = row.unit === 'µs' ? 'µs CPU' : row.unit;
  const lines = comparisons.map((comparison) => {
    const cost = comparison.medianCost.toFixed(row.unit === '×' ? 2 : comparison.medianCost < 100 ? 1 : 0);
    const busy = row.unit !== 'µs' ? '' : `, ${(comparison.busy * 100).toFixed(0).padStart(3)} % busy`;
    return `  ${comparison.peer.padEnd(17)} ${cost.padStart(8)} ${unit}${busy}${formatRatio(comparison)}`.trimEnd();
  });
  return [`${row.title}  [${row.id}]`, ...lines].join('\n');
}

export function formatVerdict({ field }: Setting, results: readonly RowResult[]): string {
  const asked = targets.filter((target) => results.some(({ row }) => row.id === target.row));
  const judged = asked.filter((target) => field.missing[target.peer] === undefined).length;
  const missed = results.flatMap(({ comparisons }) => comparisons).filter(isMissed).length;
  const unjudged = asked.length === judged ? '' : `, ${asked.length - judged} not judged: a peer is not installed`;
  return `Targets: ${judged - missed} met, ${missed} missed${unjudged}`;
}

export function toJson({ field, cores, plan }: Setting, results: readonly RowResult[]): string {
  const json = {
    node: process.version,
    cores: cores ?? null,
    plan,
    versions: field.versions,
    missing: field.missing,
    rows: results.map(({ row, comparisons }) => ({ id: row.id, title: row.title, unit: row.unit, comparisons })),
  };
  return JSON.stringify(json, null, 2);
}

function formatCores(cores: Cores | undefined): string {
  if (cores === undefined) {
    return 'nothing is pinned, for want of a second core or of taskset (apt-get install util-linux): expect more noise';
  }
  if (cores.proxy === cores.load) return `proxy, load and backend on core ${cores.proxy}`;
  return `proxy on core ${cores.proxy}, load and backend on core ${cores.load}`;
}

function formatRatio({ ratio, target, more }: Comparison): string {
  const verdict = target === undefined ? '' : `   target ${target.atMost}: ${target.met ? 'met' : 'MISSED'}`;
  if (ratio === undefined) return verdict;
  const range = `(${ratio.min.toFixed(2)} to ${ratio.max.toFixed(2)})`;
  const difference = more === undefined ? '' : `, ${more.toFixed(1)} more`;
  return `   ours is ${ratio.median.toFixed(2).padStart(5)} x  ${range.padEnd(16)}${difference}${verdict}`;
}
