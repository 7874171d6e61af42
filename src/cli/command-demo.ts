import type { Config } from '../config/config.js';
import { formatAddress } from '../config/listen-address.js';
import { loadConfigText } from '../config/load-config.js';
import type { Command } from './command.js';
import { loadOptions, type OverrideOptions, reportProblems } from './configuration.js';
import { DemoBackends } from './demo-backends.js';
import { demoConfiguration } from './demo-configuration.js';
import { EXIT } from './exit-status.js';
import { type Listening, serve } from './serve.js';
import { paint, type Terminal } from './terminal.js';

const DEFAULT_PORT = 8080;

/** `demo`: the proxy in front of backends of its own; what `npm start` runs. */
export const demoCommand: Command = (program, terminal, finish) => {
  program
    .command('demo')
    .description('the proxy in front of a page, an echo server and an event stream of its own')
    .option('--port <port>', `on 127.0.0.1 (default: TOYOU_PORT, else ${DEFAULT_PORT})`)
    .option('--log-level <level>', 'trace, debug, info, warn, error or silent')
    .addHelpText('after', '\nExample:\n  $ toyou-proxy demo --port 8090')
    .action(async (options: OverrideOptions) => {
      const flags = loadOptions(options, terminal.env);
      const backends = new DemoBackends();
      try {
        const text = demoConfiguration(DEFAULT_PORT, await backends.start());
        const loaded = loadConfigText(text, 'demo', flags);
        reportProblems(loaded, terminal);
        finish(loaded.ok ? await serveDemo(loaded.config, terminal) : EXIT.refused);
      } finally {
        await backends.stop();
      }
    });
};

function serveDemo(config: Config, terminal: Terminal): Promise<number> {
  const next = config.advanced.port + 10 > 65_535 ? 8090 : config.advanced.port + 10;
  const serving = {
    anotherPort: `npm start -- --port ${next} (or: toyou-proxy demo --port ${next})`,
    announce: (listeners: readonly Listening[]) => {
      const [first] = listeners;
      if (first === undefined) return;
      for (const line of welcome(formatAddress(first.address, first.port), terminal.color.out)) terminal.out(line);
    },
  };
  return serve(config, serving, terminal);
}

function welcome(at: string, color: boolean): string[] {
  const url = (text: string) => paint(color, 'cyan', text);
  return [
    `${paint(color, 'bold', 'toyou-proxy demo')}, listening on ${url(`http://${at}/`)}`,
    '',
    `  ${url(`http://${at}/`)}        a page with a send box and a clock: open it in a browser`,
    `  ${url(`ws://${at}/ws`)}        sends every message back`,
    `  ${url(`http://${at}/events`)}  an event a second`,
    `  ${url(`http://${at}/stats`)}   the echo server's numbers`,
    '',
    `  curl http://${at}/stats`,
    `  curl -N http://${at}/events`,
    `  curl -iN -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' \\`,
    `       -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' http://${at}/ws`,
    '',
    'Ctrl-C ends it.',
  ];
}
