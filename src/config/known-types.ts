import type { z } from 'zod';
import { suggest } from './suggest.js';

/** What a configuration knows of a type of middleware. */
interface KnownType {
  readonly optionsSchema: z.ZodType;
  /** Of options that were parsed without a fault: what is hardly meant. */
  doubts?(options: unknown): readonly { readonly option: string; readonly message: string }[];
  /** It says who the user is. */
  readonly namesUsers?: boolean;
  /** The option by which it goes by the user; null: it does not. */
  userOption?(options: unknown): string | null;
}

/** The types of middlewares that are built, by name. */
export type MiddlewareTypes = ReadonlyMap<string, KnownType>;

/** What is wrong with a name that should be one of `known`. */
export function describeUnknownName(
  what: string,
  name: string,
  known: Iterable<string>,
): { readonly message: string; readonly suggestion?: string | undefined } {
  const names = [...known];
  const suggestion = suggest(name, names);
  const listed = names.length > 0 && names.length <= 8 && suggestion === undefined;
  return { message: `there is no ${what} "${name}"${listed ? `; there is ${names.join(', ')}` : ''}`, suggestion };
}
