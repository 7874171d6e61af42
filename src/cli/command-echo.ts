import { formatAddress } from '../config/listen-address.js';
import type { Command } from './command.js';
import { EchoServer } from './echo-server.js';
import { EXIT } from './exit-status.js';
import { parseListenAddress } from './listen-address.js';
import { openSignalGate } from './signal-gate.js';
import { explainStartFailure } from './start-failure.js';

/** `echo`: the echo server alone. */
export const echoCommand: Command = (program, terminal, finish) => {
  program
    .command('echo')
    .description('a WebSocket echo server, with its numbers on /stats')
    .option('--listen <address>', 'where to listen', '127.0.0.1:8081')
    .addHelpText('after', '\nExample:\n  $ toyou-proxy echo --listen 127.0.0.1:8081')
    .action(async (options: { listen: string }) => {
      const wanted = parseListenAddress(options.listen, '--listen');
      const server = new EchoServer();
      const signals = openSignalGate(['SIGHUP']);
      try {
        const { address, port } = await server.start(wanted.host, wanted.port);
        const at = formatAddress(address, port);
        terminal.out(`echo server listening on ws://${at}, its numbers on http://${at}/stats`);
      } catch (error) {
        terminal.error(explainStartFailure(error, { anotherPort: 'toyou-proxy echo --listen 127.0.0.1:PORT' }));
        signals.close();
        finish(EXIT.failed);
        return;
      }
      await signals.first;
      await server.stop();
      signals.close();
      finish(EXIT.fine);
    });
};
