/** The load's own process: takes a command at a time from its parent, and ends with it. */

import type { Destination } from '../wire.js';
import { HttpLoad } from './http-load.js';
import type { Load, LoadCommand, LoadReply, Scenario } from './scenario.js';
import { TlsHandshakeLoad } from './tls-handshake-load.js';
import { WebSocketEchoLoad } from './websocket-echo-load.js';
import { WebSocketIdleLoad } from './websocket-idle-load.js';
import { WebSocketOpenLoad } from './websocket-open-load.js';
import { WebSocketPingLoad } from './websocket-ping-load.js';

let load: Load | undefined;

process.once('disconnect', () => process.exit(0));
process.on('message', (command: LoadCommand) => {
  obey(command).then(
    (reply) => process.send?.(reply),
    (error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      process.send?.({ kind: 'failed', reason } satisfies LoadReply);
    },
  );
});

async function obey(command: LoadCommand): Promise<LoadReply> {
  if (command.kind === 'prepare') {
    load = buildLoad(command.scenario, command.destination);
    await load.prepare();
    return { kind: 'done' };
  }
  if (load === undefined) throw new Error(`${command.kind} came before prepare`);
  if (command.kind === 'run') return { kind: 'done', report: await load.run(command.count, command.limitMs) };
  await load.finish();
  return { kind: 'done' };
}

function buildLoad(scenario: Scenario, destination: Destination): Load {
  switch (scenario.kind) {
    case 'http':
      return new HttpLoad(scenario, destination);
    case 'websocket-open':
      return new WebSocketOpenLoad(scenario, destination);
    case 'websocket-echo':
      return new WebSocketEchoLoad(scenario, destination);
    case 'websocket-idle':
      return new WebSocketIdleLoad(scenario, destination);
    case 'websocket-ping':
      return new WebSocketPingLoad(scenario, destination);
    case 'tls-handshake':
      return new TlsHandshakeLoad(scenario, destination);
  }
}
