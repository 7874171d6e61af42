import { LOG_LEVELS } from '../exchange/log.js';
import type { ConfigProblem } from './problem.js';
import { ADMIN_LISTEN_FORM, isAdminAddress } from './schema-admin.js';
import { DEFAULT_PORT } from './schema-advanced.js';
import { readSecret, SECRET_FORM, SECRET_FORM_WORDS, secretPath } from './secret-files.js';
import { suggest } from './suggest.js';
import {
  completeWebsocketVariables,
  type OutsideValue,
  type ParsedText,
  parseTunnelCount,
  WEBSOCKET_VARIABLES,
  type WebsocketVariable,
  type WebsocketVariables,
} from './websocket-variables.js';

/** What the command line says; it goes before the environment, which goes before the file. */
export interface Overrides {
  readonly port?: number;
  readonly logLevel?: string;
}

export interface OutsideValues {
  readonly port?: OutsideValue<number>;
  readonly logLevel?: OutsideValue<string>;
  readonly maxTunnels?: OutsideValue<number>;
  readonly websocket: WebsocketVariables;
  /** Turns the admin API on. */
  readonly adminListen?: OutsideValue<string>;
  readonly adminToken?: OutsideValue<string>;
  readonly problems: readonly ConfigProblem[];
}

/** Reads the variables and flags that stand for keys. Empty variables count as not set. */
export function readOutsideValues(env: NodeJS.ProcessEnv, overrides: Overrides = {}): OutsideValues {
  const problems: ConfigProblem[] = [];
  const read = <Value>(file: string, name: string, text: string | undefined, parse: Parse<Value>) => {
    if (!isSet(text)) return undefined;
    const parsed = parse(text);
    if ('value' in parsed) return { value: parsed.value, origin: { file: `${file} ${name}`, line: 0, column: 0 } };
    problems.push(outsideProblem(file, name, parsed.message, parsed.suggestion));
    return undefined;
  };
  read('environment', 'TOYOU_DATA_PLANE', env.TOYOU_DATA_PLANE, parseDataPlane);
  const envPort = read('environment', 'TOYOU_PORT', env.TOYOU_PORT, parsePort);
  const envLevel = read('environment', 'TOYOU_LOG_LEVEL', env.TOYOU_LOG_LEVEL, parseLogLevel);
  const port = read('command line', '--port', overrides.port?.toString(), parsePort) ?? envPort;
  const logLevel = read('command line', '--log-level', overrides.logLevel, parseLogLevel) ?? envLevel;
  const adminListen = read('environment', 'TOYOU_ADMIN_LISTEN', env.TOYOU_ADMIN_LISTEN, parseAdminListen);
  const adminToken = read('environment', 'TOYOU_ADMIN_TOKEN', env.TOYOU_ADMIN_TOKEN, parseSecret);
  const admin = { ...(adminListen && { adminListen }), ...(adminToken && { adminToken }) };
  const maxTunnels = read('environment', MAX_TUNNELS, env[MAX_TUNNELS], parseTunnelCount);
  const websocket = new Map<string, WebsocketVariable>();
  for (const { name, option, parse } of WEBSOCKET_VARIABLES) {
    const outside = read('environment', name, env[name], parse);
    if (outside !== undefined) websocket.set(option, { name, ...outside });
  }
  return {
    ...(port && { port }),
    ...(logLevel && { logLevel }),
    ...(maxTunnels && { maxTunnels }),
    ...admin,
    websocket: completeWebsocketVariables(websocket),
    problems,
  };
}

/** The main file: as the command line names it, else `TOYOU_CONFIG`, else `config.yaml` in the working directory. */
export function configFileName(flag: string | undefined, env: NodeJS.ProcessEnv): string {
  const named = flag ?? env.TOYOU_CONFIG;
  return isSet(named) ? named : 'config.yaml';
}

/** A problem that stands in no file. */
export function outsideProblem(
  file: string,
  path: string,
  message: string,
  suggestion?: string | undefined,
): ConfigProblem {
  return { file, line: 0, column: 0, path, message, ...(suggestion === undefined ? {} : { suggestion }) };
}

const MAX_TUNNELS = 'WEBSOCKET_MAX_CONNECTIONS';

type Parse<Value> = (text: string) => ParsedText<Value>;

const parsePort: Parse<number> = (text) => {
  const port = /^\d{1,5}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (port <= 65_535) return { value: port };
  return { message: `expected a port from 0 to 65535 (such as ${DEFAULT_PORT}), got ${JSON.stringify(text)}` };
};

/** Looked at where sockets are made: here it is only held to its one value. */
const parseDataPlane: Parse<string> = (text) => {
  if (text === 'streams') return { value: text };
  return { message: `expected streams, or nothing; got ${JSON.stringify(text)}`, suggestion: 'streams' };
};

const parseLogLevel: Parse<string> = (text) => {
  if (LOG_LEVELS.some((level) => level === text)) return { value: text };
  const suggestion = suggest(text, LOG_LEVELS);
  const message = `expected one of ${LOG_LEVELS.join(', ')}; got ${JSON.stringify(text)}`;
  return suggestion === undefined ? { message } : { message, suggestion };
};

const parseAdminListen: Parse<string> = (text) => {
  if (isAdminAddress(text)) return { value: text };
  return { message: `expected ${ADMIN_LISTEN_FORM}; got ${JSON.stringify(text)}` };
};

/** What it was is not told. */
const parseSecret: Parse<string> = (text) => {
  const file = secretPath(text);
  if (file === undefined)
    return SECRET_FORM.test(text) ? { value: text } : { message: `expected ${SECRET_FORM_WORDS}` };
  const secret = readSecret(file);
  return 'text' in secret ? { value: secret.text } : { message: `${file}: ${secret.message}` };
};

function isSet(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}
