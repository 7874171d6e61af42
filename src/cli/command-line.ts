import { CommanderError, Command as Definition } from 'commander';
import type { Command } from './command.js';
import { EXIT } from './exit-status.js';
import { paint, type Terminal } from './terminal.js';
import { UsageError } from './usage-error.js';
import { readVersion } from './version.js';

/**
 * In the order of `--help`. `docs/cli.md` describes each; a test compares them. Each is loaded when it is asked for: all
 * of them together take half a second.
 */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./command-run.js')).runCommand,
  check: async () => (await import('./command-check.js')).checkCommand,
  explain: async () => (await import('./command-explain.js')).explainCommand,
  'reverse-proxy': async () => (await import('./command-reverse-proxy.js')).reverseProxyCommand,
  demo: async () => (await import('./command-demo.js')).demoCommand,
  echo: async () => (await import('./command-echo.js')).echoCommand,
  ws: async () => (await import('./command-ws.js')).wsCommand,
  schema: async () => (await import('./command-schema.js')).schemaCommand,
  version: async () => (await import('./command-version.js')).versionCommand,
};

/**
 * Runs one command.
 * @param args as after the program's name
 * @returns the exit status, once the command has ended
 */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<number> {
  let status: number = EXIT.fine;
  try {
    const program = createProgram(terminal);
    for (const command of await commandsFor(args)) {
      command(program, terminal, (ended) => {
        status = ended;
      });
    }
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

/** The one that is named first; all of them where another word or none stands there. */
function commandsFor([first = '']: readonly string[]): Promise<Command[]> {
  const named = Object.hasOwn(commands, first) ? commands[first] : undefined;
  return Promise.all((named === undefined ? Object.values(commands) : [named]).map((load) => load()));
}

function createProgram(terminal: Terminal): Definition {
  return new Definition('toyou-proxy')
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
}
