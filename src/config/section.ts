import { z } from 'zod';

/**
 * A map of the configuration with a closed list of keys.
 *
 * @param shape its keys; each carries its description
 * @param notYet keys that belong to the language but whose feature is not built: they are refused as such
 */
export function section<Shape extends z.core.$ZodLooseShape>(shape: Shape, notYet: readonly string[] = []) {
  return z.strictObject(shape).register(announcedKeys, { keys: notYet });
}

/** Per section, the keys that are refused with "not supported yet". */
export const announcedKeys = z.registry<{ readonly keys: readonly string[] }>();

/** Reports from a transform that a value is bad. */
export function refuse(
  context: z.core.$RefinementCtx,
  input: unknown,
  message: string,
  suggestion?: string | undefined,
): never {
  context.issues.push({
    code: 'custom',
    input,
    message,
    ...(suggestion === undefined ? {} : { params: { suggestion } }),
  });
  return z.NEVER;
}

export const NOT_SUPPORTED_YET = 'not supported yet';
