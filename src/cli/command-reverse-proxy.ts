import { loadConfigText } from '../config/load-config.js';
import type { Command } from './command.js';
import { loadOptions, reportProblems } from './configuration.js';
import { EXIT } from './exit-status.js';
import { parseListenAddress } from './listen-address.js';
import { serve } from './serve.js';

interface ReverseProxyOptions {
  readonly from: string;
  readonly to: readonly string[];
  readonly logLevel?: string;
}

/** `reverse-proxy`: one listener in front of some backends, without a file. */
export const reverseProxyCommand: Command = (program, terminal, finish) => {
  program
    .command('reverse-proxy')
    .description('one listener in front of some backends, without a file')
    .option('--from <address>', 'where to listen: :8080, 127.0.0.1:8080, [::1]:8080', ':8080')
    .requiredOption(
      '--to <url>',
      'a backend, http://, ws://, https://, wss:// or unix:/; more of them take turns',
      collect,
    )
    .option('--log-level <level>', 'trace, debug, info, warn, error or silent')
    .addHelpText('after', '\nExample:\n  $ toyou-proxy reverse-proxy --from :8080 --to ws://localhost:3000')
    .action(async (options: ReverseProxyOptions) => {
      const { host, port } = parseListenAddress(options.from, '--from');
      const text = reverseProxyConfiguration(options.to, host);
      // --from is a flag: it goes before TOYOU_PORT.
      const flags = { port: String(port), ...(options.logLevel === undefined ? {} : { logLevel: options.logLevel }) };
      const loaded = loadConfigText(text, 'command line', loadOptions(flags, terminal.env));
      reportProblems(loaded, terminal);
      const anotherPort = 'toyou-proxy reverse-proxy --from :PORT';
      finish(loaded.ok ? await serve(loaded.config, { anotherPort }, terminal) : EXIT.refused);
    });
};

/** @returns a configuration in JSON, which is YAML */
export function reverseProxyConfiguration(urls: readonly string[], host: string | undefined): string {
  return JSON.stringify({
    services: { backend: { load_balancer: { backends: urls.map((url) => ({ url: literal(url) })) } } },
    host_rules: [{ pattern: '*', target: 'backend' }],
    advanced: host === undefined ? {} : { bind: host },
  });
}

/** The shell has replaced its variables already: what is left of `${…}` is meant. */
function literal(text: string): string {
  return text.replaceAll('${', () => '$${');
}

function collect(url: string, urls: readonly string[] = []): string[] {
  return [...urls, url];
}
