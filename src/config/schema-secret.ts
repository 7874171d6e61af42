import { z } from 'zod';
import { SECRET_FORM, SECRET_FORM_WORDS } from './secret-files.js';

const SECRET_TITLE = 'secret';

/** A secret, or `file:/path` where it is read from. The text of a file is put in by `loadConfig`. */
export const secret = z
  .string()
  .regex(SECRET_FORM, { error: `expected ${SECRET_FORM_WORDS}` })
  .meta({ title: SECRET_TITLE });

/** The same where any text may be a secret: a password, a key in PEM. */
export const secretText = z
  .string()
  .refine((text) => text !== '', { error: 'must not be empty' })
  .meta({ title: SECRET_TITLE });

/** Whether what stands there is never shown. */
export function isSecret(schema: z.core.$ZodType | undefined): boolean {
  return schema !== undefined && z.globalRegistry.get(schema)?.title === SECRET_TITLE;
}
