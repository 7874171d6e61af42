import { z } from 'zod';
import { section } from './section.js';

const name = z.string().min(1);
const enabled = z.boolean().prefault(true).describe('`false` takes it out everywhere, also where a rule names it.');
const description = z.string().optional().describe('For the reader.');
const config = z
  .record(z.string(), z.unknown())
  .transform((options): unknown => options)
  .prefault({})
  .describe('The options of the type.');

/** A type that is put to use under its own name. */
export const middlewareSchema = section({
  name: name.describe('The type.'),
  enabled,
  is_global: z
    .boolean()
    .optional()
    .describe('`true`: runs for every rule. Not written: it does when no rule names it.'),
  description,
  config,
});

/** A named instance of a type. */
export const middlewareServiceSchema = section({
  name: name.describe('The name that rules use.'),
  type: z.string().min(1).describe('The type.'),
  enabled,
  is_global: z.boolean().prefault(false).describe('`true`: runs for every rule.'),
  description,
  config,
});
