import { configJsonSchema } from '../config/json-schema.js';
import { middlewareTypes } from '../middleware/registry.js';
import type { Command } from './command.js';
import { EXIT } from './exit-status.js';

/** `schema`: the configuration language as JSON Schema, for editors. */
export const schemaCommand: Command = (program, terminal, finish) => {
  program
    .command('schema')
    .description('print the JSON Schema of the configuration, for editors')
    .addHelpText('after', '\nExample:\n  $ toyou-proxy schema > toyou-proxy.schema.json')
    .action(() => {
      terminal.out(JSON.stringify(configJsonSchema(middlewareTypes), null, 2));
      finish(EXIT.fine);
    });
};
