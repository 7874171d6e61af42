import { loadConfig } from '../config/load-config.js';
import { silentLog } from '../exchange/log.js';
import { createProxy } from '../proxy.js';
import { readAskedRequest } from './asked-request.js';
import { chooseListener } from './choose-listener.js';
import type { Command } from './command.js';
import { findConfiguration, loadOptions, type OverrideOptions, reportProblems } from './configuration.js';
import { EXIT } from './exit-status.js';
import { explain } from './explanation.js';
import { explanationText } from './explanation-text.js';

interface ExplainOptions extends OverrideOptions {
  readonly config?: string;
  readonly header?: readonly string[];
  readonly json?: true;
}

/** `explain`: what the proxy would do with a request, and which line of the configuration says so. Sends nothing. */
export const explainCommand: Command = (program, terminal, finish) => {
  program
    .command('explain')
    .description('say what would become of a request, and why; sends nothing')
    .argument('<method>', 'such as GET')
    .argument('<url>', 'http://, https://, ws:// or wss://; its port says which listener is meant')
    .option('-H, --header <field>', "a field of the request, 'Name: value'; several may be given", collect)
    .option('-c, --config <file>', 'the configuration (default: TOYOU_CONFIG, else config.yaml)')
    .option('--port <port>', 'instead of advanced.port, as for run')
    .option('--json', 'the same as data')
    .addHelpText('after', EXAMPLES)
    .action(async (method: string, url: string, options: ExplainOptions) => {
      const asked = readAskedRequest(method, url, options.header ?? []);
      const file = findConfiguration(options.config, terminal.env);
      const loaded = loadConfig({ file, ...loadOptions(options, terminal.env) });
      if (!loaded.ok) {
        reportProblems(loaded, terminal);
        finish(EXIT.refused);
        return;
      }
      const { config, origins } = loaded;
      const { port: listenerPort, scheme, notes } = chooseListener(config, asked.port, asked.scheme);
      // Nothing is opened before start().
      const proxy = createProxy({ config, log: silentLog });
      const decision = proxy.explain({ head: asked.head, listenerPort, scheme });
      await proxy.stop();
      const explanation = explain({ config, origins, listenerPort, scheme, decision, notes });
      const text = () => explanationText(explanation, `${method} ${url}`, terminal.color.out);
      terminal.out(options.json === true ? JSON.stringify(explanation, null, 2) : text());
      finish(EXIT.fine);
    });
};

const EXAMPLES = `
A request that would be refused is explained as any other: the exit status is 0. ws:// and wss:// bring the fields of
a WebSocket handshake with them.

Example:
  $ toyou-proxy explain GET http://ws.example.com/api/users -c config.yaml
  $ toyou-proxy explain GET ws://localhost:8080/ws -H 'Origin: https://example.com'
  $ toyou-proxy explain POST http://localhost:8080/ --json | jq .verdict`;

function collect(value: string, values: readonly string[] = []): string[] {
  return [...values, value];
}
