import type { z } from 'zod';
import { NOT_SUPPORTED_YET } from './section.js';
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

/** Every built-in type of the language, built yet or not. */
export const BUILT_IN_TYPES = [
  'websocket',
  'auth',
  'rate_limit',
  'cors',
  'logging',
  'replace',
  'dynamic_route',
  'headers',
  'ip_filter',
  'request_id',
  'body_limit',
  'redirect',
  'compress',
] as const;

/** What is wrong with a name that should be one of `known`, some of which may be promised for later only. */
export function describeUnknownName(
  what: string,
  name: string,
  known: Iterable<string>,
  later: readonly string[] = [],
): { readonly message: string; readonly suggestion?: string | undefined } {
  if (later.includes(name)) return { message: `the ${what} "${name}" is ${NOT_SUPPORTED_YET}` };
  const names = [...known];
  const suggestion = suggest(name, [...names, ...later]);
  const listed = names.length > 0 && names.length <= 8 && suggestion === undefined;
  return { message: `there is no ${what} "${name}"${listed ? `; there is ${names.join(', ')}` : ''}`, suggestion };
}
