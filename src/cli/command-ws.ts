import type { Command } from './command.js';
import { openSignalGate } from './signal-gate.js';
import { WsConversation } from './ws-conversation.js';
import { readWsOptions, type WsFlags } from './ws-options.js';
import { createWsReporter } from './ws-reporter.js';

/** `ws`: a WebSocket client for a terminal, and for scripts. */
export const wsCommand: Command = (program, terminal, finish) => {
  program
    .command('ws')
    .description('a WebSocket client: lines in, messages out')
    .argument('<url>', 'ws://, wss://, http:// or https://')
    .option('-H, --header <field>', "a field of the handshake, 'Name: value'; several may be given", collect)
    .option('--subprotocol <name>', 'offered to the server; several may be given', collect)
    .option('--binary', 'send binary messages')
    .option('--hex', 'lines are hex, and payloads are shown as hex')
    .option('--ping <seconds>', 'send pings, and show their round trips')
    .option('--count <n>', 'end after so many messages were received')
    .option('--json', 'one JSON object a line for every event')
    .addHelpText('after', EXAMPLES)
    .action(async (url: string, options: WsFlags) => {
      const settings = readWsOptions(url, options);
      const signals = openSignalGate(['SIGHUP']);
      const conversation = new WsConversation(settings, terminal.input(), createWsReporter(settings, terminal));
      void signals.first.then(() => conversation.interrupt());
      void signals.second.then(() => conversation.terminate());
      finish(await conversation.ended);
      signals.close();
    });
};

const EXAMPLES = `
Standard output has the messages, a line each; everything else goes to standard error. The end of the input sends
a Close, behind what was sent; with --count the socket stays open until so many messages came.

Example:
  $ toyou-proxy ws ws://localhost:8080/ws
  $ echo hello | toyou-proxy ws ws://localhost:8080/ws --count 1
  $ toyou-proxy ws wss://example.com/chat -H 'Origin: https://example.com' --subprotocol chat.v2
  $ echo 00ff | toyou-proxy ws ws://localhost:8080/ws --binary --hex
  $ toyou-proxy ws ws://localhost:8080/ws --ping 1 --json | jq .round_trip_ms

Exit status: 0 after a clean close (1000, 1001, 1005) or --count messages; 1 where the handshake was refused, the
connection died (1006), the server closed with another code or before --count messages came; 2 for wrong usage.`;

function collect(value: string, values: readonly string[] = []): string[] {
  return [...values, value];
}
