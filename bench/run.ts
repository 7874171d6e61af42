/** npm run bench: what toyou-proxy costs beside other proxies, as ratios of one run. See options.ts for the options. */
import { startBackend } from './backend-process.js';
import { makeCertificate } from './certificate.js';
import { cleanUpOnExit, makeTemporaryFolder, stopAll } from './child.js';
import { compare } from './comparison.js';
import { pickCores } from './cores.js';
import { findPeers } from './field.js';
import { LoadProcess } from './load-process.js';
import { type Options, parseOptions, usage } from './options.js';
import { formatRow, formatSetting, formatVerdict, isMissed, type RowResult, type Setting, toJson } from './report.js';
import { measureRow } from './rounds.js';
import { rows } from './rows.js';
import { WarmPeers } from './warm-peers.js';

const EXIT_MISSED = 1;
const EXIT_BROKEN = 2;

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) print(usage);
  else process.exitCode = await bench(options);
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = EXIT_BROKEN;
}
await stopAll();
process.exit();

async function bench(options: Options): Promise<number> {
  if (process.platform !== 'linux') throw new Error('needs Linux: CPU time and memory are read from /proc');
  cleanUpOnExit();
  const { plan } = options;
  const setting: Setting = { field: findPeers(options.entry), cores: pickCores(options.oneCore), plan };
  if (!options.json) print(`${formatSetting(setting)}\n`);
  const results = await measure(options, setting);
  print(options.json ? toJson(setting, results) : formatVerdict(setting, results));
  return options.fail && results.some(({ comparisons }) => comparisons.some(isMissed)) ? EXIT_MISSED : 0;
}

async function measure({ plan, rowIds, json }: Options, { field, cores }: Setting): Promise<RowResult[]> {
  const backend = await startBackend(cores?.load);
  const load = new LoadProcess(cores?.load);
  const holder = new LoadProcess(cores?.load);
  const folder = makeTemporaryFolder();
  const place = { folder, certificate: makeCertificate(folder), backendPort: backend.port, core: cores?.proxy };
  const warmPeers = new WarmPeers(plan, place, load);
  const results: RowResult[] = [];
  for (const row of rows.filter(({ id }) => rowIds.includes(id))) {
    const peers = field.present.filter(({ id }) => row.peers.includes(id));
    const samples = await measureRow(row, peers, { plan, place, load, holder, warmPeers, showProgress });
    backend.child.assertRunning();
    showProgress('');
    const result = { row, comparisons: compare(row, samples) };
    if (!json) print(`${formatRow(result)}\n`);
    results.push(result);
  }
  return results;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** One line that overwrites itself; nothing where nobody watches. */
function showProgress(progress: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${progress}`);
}
