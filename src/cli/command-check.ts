import type { Config } from '../config/config.js';
import { listenerPorts } from '../config/listener-ports.js';
import { loadConfig } from '../config/load-config.js';
import { globalMiddlewares } from '../config/middleware-chain.js';
import type { ConfigProblem } from '../config/problem.js';
import type { Command } from './command.js';
import { findConfiguration, loadOptions, type OverrideOptions, reportProblems } from './configuration.js';
import { EXIT } from './exit-status.js';

interface CheckOptions extends OverrideOptions {
  readonly config?: string;
  readonly json?: true;
}

/** `check`: everything `run` would refuse, and warnings. Opens nothing. */
export const checkCommand: Command = (program, terminal, finish) => {
  program
    .command('check')
    .description('check the configuration without running it')
    .option('-c, --config <file>', 'the configuration (default: TOYOU_CONFIG, else config.yaml)')
    .option('--json', 'print {valid, errors, warnings}')
    .addHelpText('after', '\nExample:\n  $ toyou-proxy check -c config.yaml --json')
    .action((options: CheckOptions) => {
      const file = findConfiguration(options.config, terminal.env);
      const loaded = loadConfig({ file, ...loadOptions(options, terminal.env) });
      if (options.json === true) {
        const errors = loaded.ok ? [] : loaded.errors.map(toJson);
        terminal.out(JSON.stringify({ valid: loaded.ok, errors, warnings: loaded.warnings.map(toJson) }, null, 2));
      } else {
        reportProblems(loaded, terminal);
        if (loaded.ok) terminal.out(describeValid(file, loaded.config));
      }
      finish(loaded.ok ? EXIT.fine : EXIT.refused);
    });
};

function describeValid(file: string, config: Config): string {
  const listeners = listenerPorts(config).length;
  const rules = config.host_rules.reduce((sum, rule) => sum + 1 + rule.route_rules.length, config.route_rules.length);
  const services = Object.keys(config.services).length;
  const names = globalMiddlewares(config).map(({ name }) => name);
  return [
    `${file}: valid; ${listeners} listeners, ${rules} rules, ${services} services`,
    `global middlewares: ${names.length === 0 ? 'none' : names.join(', ')}`,
  ].join('\n');
}

/** The same keys always, so that scripts need not ask. */
function toJson({ file, line, column, path, message, suggestion }: ConfigProblem) {
  return { file, line, column, path, message, suggestion: suggestion ?? null };
}
