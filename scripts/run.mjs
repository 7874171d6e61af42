#!/usr/bin/env node
// What `npm start`, `npm test`, `npm run fuzz`, `npm run prove` and `npm run bench` run. Needs nothing but Node and npm.
import { bench } from './bench.mjs';
import { fuzz } from './fuzz.mjs';
import { endWithParent } from './parent.mjs';
import { prove } from './prove.mjs';
import { start } from './start.mjs';
import { test } from './test.mjs';

const commands = { start, test, fuzz, prove, bench };

const [name, ...args] = process.argv.slice(2);
const command = Object.hasOwn(commands, name ?? '') ? commands[name] : undefined;
if (command === undefined) {
  console.error(`usage: node scripts/run.mjs ${Object.keys(commands).join('|')} [arguments]`);
  process.exitCode = 2;
} else {
  endWithParent();
  // A number is the exit status; nothing means that the process lives on and says so itself.
  const status = await command(args);
  if (status !== undefined) process.exitCode = status;
}
