import type { Config } from '../config/config.js';
import { createLog } from '../observability/pino-log.js';
import { createProxy } from '../proxy.js';
import { announce } from './announce.js';
import { EXIT } from './exit-status.js';
import { endOfLifeWarning } from './node-support.js';
import type { ReloadTriggers } from './reload-triggers.js';
import { settledLater } from './settled-later.js';
import { openSignalGate } from './signal-gate.js';
import { explainStartFailure } from './start-failure.js';
import { paint, type Terminal } from './terminal.js';

/** What still keeps the process alive after everything has ended is cut off after this. */
const LAST_WORD_MS = 2000;

/** An address that is listened on, with its actual port. */
export interface Listening {
  readonly address: string;
  readonly port: number;
}

export interface Serving {
  /** The command that takes another port, for the error that says so. */
  readonly anotherPort: string;
  /** What has it reload, SIGHUP first of all. Without: it ends with its terminal, SIGHUP does what SIGTERM does. */
  readonly reloads?: ReloadTriggers;
  /** Instead of listeners, routes and services, once all listeners are open. */
  announce?(listeners: readonly Listening[]): void;
}

/**
 * Runs a proxy until a signal ends it: the first drains, a second one exits at once.
 * @returns the exit status
 */
export async function serve(config: Config, serving: Serving, terminal: Terminal): Promise<number> {
  const { level, format } = config.advanced.log;
  const log = createLog({ level, format: format === 'pretty' ? 'text' : format });
  const warning = endOfLifeWarning(process.versions.node, new Date());
  if (warning !== undefined) terminal.error(`${paint(terminal.color.error, 'yellow', 'warning:')} ${warning}`);
  const signals = openSignalGate(serving.reloads === undefined ? ['SIGHUP'] : []);
  process.on('uncaughtException', endByDefect);

  const { reloads } = serving;
  const drainBegun = settledLater<void>();
  const proxy = createProxy({
    config,
    log,
    drainBegun: drainBegun.resolve,
    ...(reloads === undefined ? {} : { reloadFromFiles: reloads.fromFiles }),
  });
  try {
    await proxy.start();
  } catch (error) {
    terminal.error(explainStartFailure(error, serving));
    signals.close();
    await proxy.stop();
    return EXIT.failed;
  }
  const places = { listeners: proxy.listeners, admin: proxy.wings.admin.address };
  if (serving.announce === undefined) announce(config, places, log, terminal);
  else serving.announce(proxy.listeners);
  reloads?.begin(proxy, log, terminal);

  const signal = await Promise.race([signals.first, drainBegun.promise]);
  log.write('info', `${signal ?? 'admin API'}: draining; a second signal exits at once`, {});
  void signals.second.then(() => process.exit(EXIT.failed));
  // Timers of the proxy hold no process open: without this it is gone before it sees that the last connection is.
  const held = setInterval(() => {}, LAST_WORD_MS);
  await proxy.drain();
  await proxy.stop();
  clearInterval(held);
  log.write('info', 'drained', {});
  setTimeout(() => process.exit(), LAST_WORD_MS).unref();
  return EXIT.fine;
}

/** A defect of ours: told in full and not lived with, for nobody knows what state it left. */
function endByDefect(error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  console.error(`error: ended by a defect of toyou-proxy\n${text}`);
  process.exit(EXIT.failed);
}
