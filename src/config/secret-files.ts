import { readFileSync } from 'node:fs';
import path from 'node:path';
import { reasonOf } from './file-failure.js';
import type { ConfigPath, Finding } from './problem.js';
import { entriesOf, fieldOf, isRecord } from './raw-value.js';

/** What a secret may be: itself, or the file it is in. */
export const SECRET_FORM = /^(?:file:.+|[\x21-\x7e]*)$/;
export const SECRET_FORM_WORDS = 'visible ASCII characters without blanks, or "file:/path"';

/** Keys whose value is a secret; `*` is any key. */
const SECRETS: readonly (readonly string[])[] = [
  ['advanced', 'admin', 'token'],
  ['services', '*', 'sticky', 'secret'],
  ['services', '*', 'load_balancer', 'sticky', 'secret'],
];

/** A configuration whose secrets are themselves, as far as their files can be read. */
export interface SecretFiles {
  readonly value: unknown;
  readonly errors: readonly Finding[];
  /** Every file that was read, as it was opened. */
  readonly files: readonly string[];
}

/** A text of a configuration that is a secret, or says which file it is in. */
export interface WrittenSecret {
  readonly path: ConfigPath;
  readonly written: string;
}

/**
 * Puts secrets that are in files in the place of `file:/path`.
 * @param fileOf the file a path was written in: the files it names are relative to its folder
 * @param options of middlewares: secrets that may be any text
 */
export function readSecretFiles(
  value: unknown,
  fileOf: (path: ConfigPath) => string,
  options: readonly WrittenSecret[],
): SecretFiles {
  const errors: Finding[] = [];
  const files: string[] = [];
  let whole = value;
  const own = SECRETS.flatMap((keys) => textsAt(value, keys)).map((one) => ({ ...one, read: readSecret }));
  for (const { path: at, written, read } of [...own, ...options.map((one) => ({ ...one, read: readText }))]) {
    const named = secretPath(written);
    if (named === undefined) continue;
    const file = path.resolve(path.dirname(fileOf(at)), named);
    const secret = read(file);
    files.push(file);
    if ('text' in secret) whole = withValue(whole, at, secret.text);
    else errors.push({ path: at, at: 'value', message: `${file}: ${secret.message}` });
  }
  return { value: whole, errors, files };
}

/** Every text at these keys. */
function textsAt(value: unknown, [key, ...rest]: readonly string[], above: ConfigPath = []): WrittenSecret[] {
  if (key === undefined) return typeof value === 'string' ? [{ path: above, written: value }] : [];
  const names = key === '*' ? entriesOf(value).map(([name]) => name) : [key];
  return names.flatMap((name) => textsAt(fieldOf(value, name), rest, [...above, name]));
}

/** The path behind `file:`; undefined where the value is the secret itself. */
export function secretPath(written: string): string | undefined {
  return /^file:(?:\/\/(?=\/))?(.+)$/.exec(written)?.[1];
}

/** A secret that is a whole file, without the line feed at its end. */
export function readSecret(file: string): SecretText {
  const secret = readText(file);
  if ('message' in secret || /^[\x21-\x7e]+$/.test(secret.text)) return secret;
  return { message: `expected one line of ${SECRET_FORM_WORDS.split(',')[0]}` };
}

type SecretText = { readonly text: string } | { readonly message: string };

function readText(file: string): SecretText {
  try {
    const text = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    return text === '' ? { message: 'the file is empty' } : { text };
  } catch (error) {
    return { message: reasonOf(error) };
  }
}

function withValue(holder: unknown, [key, ...rest]: ConfigPath, value: string): unknown {
  if (key === undefined) return value;
  if (Array.isArray(holder)) return holder.map((item, index) => (index === key ? withValue(item, rest, value) : item));
  if (!isRecord(holder)) return holder;
  return { ...holder, [key]: withValue(holder[key], rest, value) };
}
