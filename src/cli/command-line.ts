import { CommanderError, Command as Definition } from 'commander';
import type { Command } from './command.js';
import { checkCommand } from './command-check.js';
import { demoCommand } from './command-demo.js';
import { echoCommand } from './command-echo.js';
import { explainCommand } from './command-explain.js';
import { reverseProxyCommand } from './command-reverse-proxy.js';
import { runCommand } from './command-run.js';
import { schemaCommand } from './command-schema.js';
import { versionCommand } from './command-version.js';
import { wsCommand } from './command-ws.js';
import { EXIT } from './exit-status.js';
import { paint, type Terminal } from './terminal.js';
import { UsageError } from './usage-error.js';
import { readVersion } from './version.js';

/** In the order of `--help`. `docs/cli.md` describes each; a test compares them. */
const commands: readonly Command[] = [
  runCommand,
  checkCommand,
  explainCommand,
  reverseProxyCommand,
  demoCommand,
  echoCommand,
  wsCommand,
  schemaCommand,
  versionCommand,
];

/**
 * Runs one command.
 * @param args as after the program's name
 * @returns the exit status, once the command has ended
 */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<number> {
  let status: number = EXIT.fine;
  const program = createProgram(terminal, (ended) => {
    status = ended;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return status;
  } catch (error) {
    // commander throws for --help and --version too, with 0, and has written its own message.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.refused;
    if (!(error instanceof UsageError)) throw error;
    terminal.error(`${paint(terminal.color.error, 'red', 'error:')} ${error.message}`);
    return EXIT.refused;
  }
}

function createProgram(terminal: Terminal, finish: (status: number) => void): Definition {
  const program = new Definition('toyou-proxy')
    .description('A reverse proxy for HTTP, Server-Sent Events and WebSocket.')
    .version(`toyou-proxy ${readVersion()}`, '-V, --version')
    .configureHelp({
      styleTitle: (text) => paint(true, 'bold', text),
      styleSubcommandTerm: (text) => paint(true, 'cyan', text),
      styleOptionTerm: (text) => paint(true, 'cyan', text),
    })
    .configureOutput({
      writeOut: (text) => terminal.out(text.replace(/\n$/, '')),
      writeErr: (text) => terminal.error(text.replace(/\n$/, '')),
      getOutHasColors: () => terminal.color.out,
      getErrHasColors: () => terminal.color.error,
      outputError: (text, write) => {
        write(`${paint(terminal.color.error, 'red', 'error:')} ${text.replace(/^error: /, '')}`);
      },
    })
    .showHelpAfterError('toyou-proxy --help lists commands and options')
    .exitOverride()
    .addHelpText('after', '\nExamples:\n  $ toyou-proxy demo\n  $ toyou-proxy -c config.yaml');
  for (const command of commands) command(program, terminal, finish);
  return program;
}
