import { originPatternFault } from '../protocol/http1/allowed-origins.js';
import type { ConfigPath, Position } from './problem.js';
import { fieldOf, isRecord, itemsOf } from './raw-value.js';
import { duration } from './schema-duration.js';

/** What the text of a variable comes to: a value as a file would have it. */
export type ParsedText<Value> =
  | { readonly value: Value }
  | { readonly message: string; readonly suggestion?: string | undefined };

/** A value from outside the files, and where it was said. */
export interface OutsideValue<Value> {
  readonly value: Value;
  readonly origin: Position;
}

/** By option of the `websocket` middleware, as a file would have it. */
export type WebsocketVariables = ReadonlyMap<string, WebsocketVariable>;

export interface WebsocketVariable extends OutsideValue<unknown> {
  /** Of the variable. */
  readonly name: string;
}

/** Variables that stand for options of every `websocket` middleware, and hold where none is too. */
export const WEBSOCKET_VARIABLES: readonly {
  readonly name: string;
  readonly option: string;
  readonly parse: (text: string) => ParsedText<unknown>;
}[] = [
  { name: 'WEBSOCKET_PING_INTERVAL', option: 'ping_interval', parse: parseDurationText },
  { name: 'WEBSOCKET_READ_TIMEOUT', option: 'read_timeout', parse: parseDurationText },
  { name: 'WEBSOCKET_WRITE_TIMEOUT', option: 'write_timeout', parse: parseDurationText },
  { name: 'WEBSOCKET_ENABLE_ORIGIN_CHECK', option: 'enable_origin_check', parse: parseSwitch },
  { name: 'WEBSOCKET_ALLOWED_ORIGINS', option: 'allowed_origins', parse: parseOrigins },
];

const TYPE = 'websocket';
/** No name that a rule would use. */
const ENVIRONMENT_INSTANCE = 'websocket (environment)';
/** Other names of options. */
const ALIASES: Readonly<Record<string, string>> = { write_timeout: 'write_wait' };

/** A list in the environment holds for every tunnel: what a file says of the check as such does not undo it. */
export function completeWebsocketVariables(read: WebsocketVariables): WebsocketVariables {
  const origins = read.get('allowed_origins');
  if (origins === undefined || read.has('enable_origin_check')) return read;
  return new Map([...read, ['enable_origin_check', { ...origins, value: true }]]);
}

/** Puts the variables in the place of the options of every `websocket` middleware that is written. */
export function withWebsocketVariables(value: unknown, variables: WebsocketVariables): unknown {
  if (variables.size === 0 || !isRecord(value)) return value;
  const changed = SECTIONS.filter(([section]) => Array.isArray(value[section])).map(([section, typeKey]) => {
    const entries = itemsOf(value[section]).map((entry) => {
      const options = fieldOf(entry, 'config') ?? {};
      if (!isRecord(entry) || fieldOf(entry, typeKey) !== TYPE || !isRecord(options)) return entry;
      return { ...entry, config: { ...withoutAliases(options, variables), ...optionsOf(variables) } };
    });
    return [section, entries] as const;
  });
  return { ...value, ...Object.fromEntries(changed) };
}

const SECTIONS = [
  ['middlewares', 'name'],
  ['middleware_services', 'type'],
] as const;

/** The options that the variables come to, for a middleware of this type. */
export function environmentOptions(type: string, variables: WebsocketVariables): Readonly<Record<string, unknown>> {
  return type === TYPE ? optionsOf(variables) : {};
}

/** The middleware that runs where no other of its type does; none where the environment says nothing. */
export function environmentInstance(variables: WebsocketVariables): { name: string; type: string } | null {
  return variables.size === 0 ? null : { name: ENVIRONMENT_INSTANCE, type: TYPE };
}

/** Where each variable stands in the configuration, for whoever asks what decided a value. */
export function websocketOrigins(value: unknown, variables: WebsocketVariables): [ConfigPath, Position][] {
  const holders: ConfigPath[] = SECTIONS.flatMap(([section, typeKey]) =>
    itemsOf(fieldOf(value, section)).flatMap((entry, index) =>
      fieldOf(entry, typeKey) === TYPE ? [[section, index]] : [],
    ),
  );
  const first = [...variables.values()][0];
  if (first === undefined) return [];
  const own: ConfigPath = ['environment_middlewares', 0];
  return [
    [own, first.origin],
    ...[...holders, own].flatMap((holder) =>
      [...variables].map(([option, { origin }]): [ConfigPath, Position] => [[...holder, 'config', option], origin]),
    ),
  ];
}

function optionsOf(variables: WebsocketVariables): Record<string, unknown> {
  return Object.fromEntries([...variables].map(([option, { value }]) => [option, value]));
}

function withoutAliases(options: Record<string, unknown>, variables: WebsocketVariables): Record<string, unknown> {
  const taken = new Set([...variables.keys()].map((option) => ALIASES[option]));
  return Object.fromEntries(Object.entries(options).filter(([key]) => !taken.has(key)));
}

function parseDurationText(text: string): ParsedText<string | number> {
  const trimmed = text.trim();
  const value = /^\d+(?:\.\d+)?$/.test(trimmed) ? Number(trimmed) : trimmed;
  const [issue] = duration().safeParse(value).error?.issues ?? [];
  if (issue === undefined) return { value };
  const suggestion = issue.code === 'custom' ? issue.params?.suggestion : undefined;
  const message = `${issue.message}; got ${JSON.stringify(text)}`;
  return typeof suggestion === 'string' ? { message, suggestion } : { message };
}

function parseSwitch(text: string): ParsedText<boolean> {
  switch (text.trim().toLowerCase()) {
    case 'true':
    case '1':
      return { value: true };
    case 'false':
    case '0':
      return { value: false };
    default:
      return { message: `expected true or false, got ${JSON.stringify(text)}` };
  }
}

function parseOrigins(text: string): ParsedText<string[]> {
  const value = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  if (value.length === 0) return { message: 'expected origins with commas between, such as "https://app.example.com"' };
  for (const pattern of value) {
    const fault = originPatternFault(pattern);
    if (fault !== null) return { ...fault, message: `${JSON.stringify(pattern)}: ${fault.message}` };
  }
  return { value };
}

/** A number of tunnels. */
export function parseTunnelCount(text: string): ParsedText<number> {
  const value = /^\d{1,15}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return { value };
  return { message: `expected a whole number, 0 for no limit; got ${JSON.stringify(text)}` };
}
