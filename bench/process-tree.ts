import { readdirSync, readFileSync } from 'node:fs';

/** USER_HZ: fixed at 100 in what Linux shows to programs, whatever the kernel ticks at. */
const MICROS_PER_TICK = 10_000;

/** A process and all its descendants as /proc shows them. */
export class ProcessTree {
  readonly #pids: readonly number[];

  constructor(rootPid: number) {
    this.#pids = listTree(rootPid);
  }

  /** User and system time of all threads so far. To the nanosecond where the kernel keeps schedstat, else to 10 ms. */
  cpuMicros(): number {
    return this.#pids.reduce((sum, pid) => sum + (preciseCpuMicros(pid) ?? tickedCpuMicros(pid)), 0);
  }

  /** Resident memory. What processes share is counted in each: only differences mean something. */
  residentBytes(): number {
    return this.#pids.reduce((sum, pid) => {
      const kibibytes = /^VmRSS:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      return sum + Number(kibibytes ?? 0) * 1024;
    }, 0);
  }
}

function listTree(rootPid: number): number[] {
  const childrenOf = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    const parent = Number.isInteger(pid) ? parentOf(pid) : undefined;
    if (parent === undefined) continue;
    const siblings = childrenOf.get(parent);
    if (siblings === undefined) childrenOf.set(parent, [pid]);
    else siblings.push(pid);
  }
  const tree = [rootPid];
  for (const pid of tree) tree.push(...(childrenOf.get(pid) ?? []));
  return tree;
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(statFields(pid)[1]);
  } catch {
    return undefined; // it ended since the folder was read
  }
}

/** The fields of /proc/PID/stat from the third (state) on: the second, a name, may hold spaces and parentheses. */
function statFields(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function tickedCpuMicros(pid: number): number {
  const fields = statFields(pid);
  return (Number(fields[11]) + Number(fields[12])) * MICROS_PER_TICK;
}

function preciseCpuMicros(pid: number): number | undefined {
  let nanos = 0;
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      nanos += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]);
    }
  } catch {
    return undefined;
  }
  return nanos > 0 ? nanos / 1000 : undefined;
}
