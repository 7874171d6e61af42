import type { Command as Definition } from 'commander';
import type { Terminal } from './terminal.js';

/**
 * A command: adds itself to the program. Its action ends with an exit status, handed to `finish`.
 */
export type Command = (program: Definition, terminal: Terminal, finish: (status: number) => void) => void;
