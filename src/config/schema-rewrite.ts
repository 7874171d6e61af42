import { z } from 'zod';
import { checkRegex, compilePattern } from './schema-pattern.js';
import { refuse, section } from './section.js';

const regex = z
  .string()
  .superRefine((text, context) => {
    if (text.startsWith('~')) checkRegex(text, context);
    else refuse(context, text, 'expected "~" and a regular expression', text.startsWith('/') ? `~^${text}` : undefined);
  })
  .meta({ title: 'regex' });

/** A change of the path: where `from` matches, `to` stands instead, `$1` and so on being what its groups matched. */
export const rewriteSchema = section({
  from: regex.describe('`~` and a regular expression (RE2 syntax, linear time) for the raw path.'),
  to: z
    .string()
    .startsWith('/', { error: 'expected a path that begins with "/"' })
    .describe(
      'What stands instead; `$1` to `$9` are the groups of `from`, `$0` is all it matched, `$$` a dollar sign.',
    ),
}).superRefine((rewrite, context) => {
  const groups = compilePattern(rewrite.from)?.groupCount();
  if (groups === undefined) return;
  for (const [reference, digit] of rewrite.to.matchAll(/\$\$|\\\$|\$(\d)/g)) {
    if (digit === undefined || Number(digit) <= groups) continue;
    const message = `${reference} names no group of \`from\`, which has ${groups}`;
    context.addIssue({ code: 'custom', input: rewrite.to, path: ['to'], message });
  }
});
