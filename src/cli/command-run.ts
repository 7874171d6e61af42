import { configFiles } from '../config/config-directory.js';
import { loadConfig } from '../config/load-config.js';
import type { Command } from './command.js';
import { findConfiguration, loadOptions, type OverrideOptions, reportProblems } from './configuration.js';
import { EXIT } from './exit-status.js';
import { ReloadTriggers } from './reload-triggers.js';
import { serve } from './serve.js';
import { UsageError } from './usage-error.js';

/** Commands that are to come: named, so that nobody looks for a typing error. */
const LATER_COMMANDS: ReadonlySet<string> = new Set(
  'bench top connections close tap reload drain backends plugins plugin healthcheck print-config completion'.split(' '),
);

interface RunOptions extends OverrideOptions {
  readonly config?: string;
  readonly watch?: true;
}

/** `run`, and what happens where no command is named: the proxy with a configuration file. */
export const runCommand: Command = (program, terminal, finish) => {
  program
    .command('run', { isDefault: true })
    .description('run the proxy (where no command is named, too)')
    .option('-c, --config <file>', 'the configuration (default: TOYOU_CONFIG, else config.yaml)')
    .option('--port <port>', 'instead of advanced.port')
    .option('--log-level <level>', 'trace, debug, info, warn, error or silent')
    .option('--watch', 'reload when the files of the configuration change')
    .allowExcessArguments()
    .addHelpText('after', '\nExample:\n  $ toyou-proxy run -c config.yaml --watch')
    .action(async (options: RunOptions, { args: [stray] }: { args: readonly string[] }) => {
      if (stray !== undefined) throw new UsageError(describeStray(stray));
      const file = findConfiguration(options.config, terminal.env);
      const more = loadOptions(options, terminal.env);
      let named: readonly string[] = [];
      const load = () => {
        const loaded = loadConfig({ file, ...more });
        // What a configuration with errors names is not known: those of the last good one, certificates among them.
        if (loaded.ok) named = loaded.files;
        return loaded;
      };
      const watched = options.watch === true ? () => [...configFiles(file, terminal.env), ...named] : null;
      const reloads = new ReloadTriggers({ load, watched });
      const loaded = load();
      reportProblems(loaded, terminal);
      const serving = { anotherPort: 'toyou-proxy run --port PORT', reloads };
      finish(loaded.ok ? await serve(loaded.config, serving, terminal) : EXIT.refused);
      reloads.close();
    });
};

function describeStray(word: string): string {
  if (LATER_COMMANDS.has(word)) return `the command "${word}" is not supported yet`;
  const file = /\.(?:ya?ml|json)$/.test(word) ? `: a configuration is named with -c ${word}` : '';
  return `there is no command "${word}"${file}; toyou-proxy --help lists them`;
}
