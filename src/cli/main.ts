#!/usr/bin/env node
import { keepRequestsYoung } from './collector.js';
import { runCommandLine } from './command-line.js';
import { processTerminal } from './terminal.js';

keepRequestsYoung();
// No process.exit(): what was written to a pipe is still on its way.
process.exitCode = await runCommandLine(process.argv.slice(2), processTerminal());
