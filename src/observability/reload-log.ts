import type { Log } from '../exchange/log.js';

interface Names {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

/** What there is to tell of a reload. */
export type ToldReload =
  | {
      readonly ok: true;
      readonly outcome: string;
      readonly revision: number;
      readonly changes: {
        readonly rules: Names;
        readonly services: Names;
        readonly backends: Names;
        readonly middlewares: Names;
        readonly ports: { readonly opened: readonly number[]; readonly closed: readonly number[] };
        readonly settings: readonly string[];
        readonly reordered: boolean;
      } | null;
      readonly needRestart: readonly string[];
      readonly onRemoved: { readonly tunnels: number; readonly eventStreams: number; readonly treatment: string };
    }
  | { readonly ok: false; readonly reason: string; readonly message: string };

/** Says what a reload changed: one line, one more for what needs a restart, one line where it changed nothing. */
export function logReload(log: Log, result: ToldReload, present: number): void {
  if (!result.ok) {
    log.write('error', 'reload failed: nothing changed', { revision: present, detail: result.message });
    return;
  }
  const { revision, changes, needRestart, onRemoved } = result;
  if (changes === null) {
    log.write('info', 'reload: the configuration is the same', { revision });
    return;
  }
  log.write('info', 'reloaded', {
    revision,
    ...namesAs('rules', changes.rules),
    ...namesAs('services', changes.services),
    ...namesAs('backends', changes.backends),
    ...namesAs('middlewares', changes.middlewares),
    ...listAs('ports_opened', changes.ports.opened),
    ...listAs('ports_closed', changes.ports.closed),
    ...listAs('settings_changed', changes.settings),
    ...(changes.reordered ? { reordered: true } : {}),
    tunnels_on_removed: onRemoved.tunnels,
    event_streams_on_removed: onRemoved.eventStreams,
    ...(onRemoved.tunnels + onRemoved.eventStreams > 0 ? { removed: onRemoved.treatment } : {}),
  });
  if (needRestart.length > 0)
    log.write('warn', 'these keys need a restart: what was before holds on', { keys: needRestart });
}

function namesAs(what: string, names: Names): Record<string, readonly string[]> {
  return {
    ...listAs(`${what}_added`, names.added),
    ...listAs(`${what}_removed`, names.removed),
    ...listAs(`${what}_changed`, names.changed),
  };
}

/** What is empty is not told. */
function listAs<Member>(name: string, members: readonly Member[]): Record<string, readonly Member[]> {
  return members.length === 0 ? {} : { [name]: members };
}
