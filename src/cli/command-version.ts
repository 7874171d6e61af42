import type { Command } from './command.js';
import { EXIT } from './exit-status.js';
import { readVersion } from './version.js';

/** `version`: this package's version, and with `--json` that of what it runs on. */
export const versionCommand: Command = (program, terminal, finish) => {
  program
    .command('version')
    .description('print the version')
    .option('--json', 'as JSON, with the version of Node')
    .addHelpText('after', '\nExample:\n  $ toyou-proxy version --json')
    .action((options: { json?: true }) => {
      const version = readVersion();
      const { versions, platform, arch } = process;
      terminal.out(
        options.json === true
          ? JSON.stringify({ version, node: versions.node, platform, arch })
          : `toyou-proxy ${version}`,
      );
      finish(EXIT.fine);
    });
};
