import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Where the proxy runs, and where load and backend do. */
export interface Cores {
  readonly proxy: number;
  readonly load: number;
}

/**
 * Two cores of those this process may use, and not two threads of one where there is a choice; or one core for all.
 * Undefined where nothing can be pinned.
 */
export function pickCores(oneCore: boolean): Cores | undefined {
  if (spawnSync('taskset', ['--version'], { stdio: 'ignore' }).status !== 0) return undefined;
  const [proxy, ...others] = allowedCores();
  if (proxy === undefined) return undefined;
  if (oneCore) return { proxy, load: proxy };
  const siblings = threadSiblings(proxy);
  const load = others.find((core) => !siblings.includes(core)) ?? others[0];
  return load === undefined ? undefined : { proxy, load };
}

function allowedCores(): number[] {
  const status = readFileSync('/proc/self/status', 'utf8');
  return parseCoreList(/^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? '');
}

function threadSiblings(core: number): number[] {
  try {
    return parseCoreList(readFileSync(`/sys/devices/system/cpu/cpu${core}/topology/thread_siblings_list`, 'utf8'));
  } catch {
    return []; // not every machine shows its topology
  }
}

/** "0-2,5" is 0, 1, 2 and 5. */
function parseCoreList(text: string): number[] {
  const cores: number[] = [];
  for (const range of text.trim().split(',')) {
    const [first = '', last = first] = range.split('-');
    if (first === '') continue;
    for (let core = Number(first); core <= Number(last); core += 1) cores.push(core);
  }
  return cores;
}
