#!/usr/bin/env node
import { runCommandLine } from './command-line.js';
import { processTerminal } from './terminal.js';
import { setV8Flags } from './v8-flags.js';

setV8Flags();
// No process.exit(): what was written to a pipe is still on its way.
process.exitCode = await runCommandLine(process.argv.slice(2), processTerminal());
