import { z } from 'zod';
import { GIB, KIB, MIB, size } from '../config/schema-size.js';
import { mediaTypePattern, textTypes } from './media-types.js';
import { compileRegexRule, RegexRuleError } from './regex-rule.js';

/** 64 KiB of the worst body for the worst text of this length are searched in some 0.1 s. */
const MAX_FROM_LENGTH = 4 * KIB;
const MAX_TO_LENGTH = 64 * KIB;

const ruleSchema = z
  .strictObject({
    from: z.string().min(1).max(MAX_FROM_LENGTH).describe('The text to be replaced, wherever it stands.'),
    to: z
      .string()
      .max(MAX_TO_LENGTH)
      .describe(
        'What stands in its place; may be empty. With `regex`: `$1` to `$99` and `$<name>` are groups, `$&` is the match, `$$` a dollar.',
      ),
    regex: z
      .boolean()
      .prefault(false)
      .describe('`from` is a regular expression (RE2 syntax; `(?i)` for any case, `(?m)` for lines).'),
    content_types: z
      .array(mediaTypePattern)
      .min(1)
      .prefault([...textTypes])
      .describe('The media types of the responses it is for. Event streams never are.'),
  })
  .superRefine(({ from, to, regex }, context) => {
    if (!regex) return;
    try {
      compileRegexRule(from, to);
    } catch (error) {
      if (!(error instanceof RegexRuleError)) throw error;
      const { message, part } = error;
      context.addIssue({ code: 'custom', input: part === 'to' ? to : from, path: [part], message });
    }
  });

export const replaceOptionsSchema = z
  .strictObject({
    rules: z
      .array(ruleSchema)
      .min(1)
      .describe(
        'Applied in this order, each to what the one before it made. Plain rules change the body as it streams.',
      ),
    max_body: size({ min: 1, max: GIB / 4 })
      .prefault(8 * MIB)
      .describe(
        'For rules with `regex`, which see the body whole: a larger one, after decoding, passes them unchanged, and the log warns.',
      ),
  })
  .describe('Replaces texts in response bodies, also in compressed ones. Never in event streams and tunnels.');

export type ReplaceOptions = z.infer<typeof replaceOptionsSchema>;
