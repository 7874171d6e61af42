import type { Clock } from './clock.js';

const STEP_MS = 20;

/**
 * Calls `each` for all of `members`, the first at once, spread evenly over a time.
 * @param goOn asked after each step behind the last member; true: once more
 */
export function evenly<Member>(
  members: readonly Member[],
  overMs: number,
  clock: Clock,
  each: (member: Member) => void,
  goOn: () => boolean = () => false,
): void {
  const startedAtMs = clock.nowMs();
  let done = 0;
  const step = (): void => {
    const share = overMs === 0 ? 1 : (clock.nowMs() - startedAtMs) / overMs;
    const due = Math.min(members.length, Math.floor(share * members.length) + 1);
    for (const member of members.slice(done, due)) each(member);
    done = due;
    if (done < members.length || goOn()) clock.after(STEP_MS, step);
  };
  step();
}
