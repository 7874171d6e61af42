import { checkAdmin, checkAdminToken } from './check-admin.js';
import { checkDuplicates } from './check-duplicates.js';
import { checkLimits } from './check-limits.js';
import { checkReferences, type Registered } from './check-references.js';
import { checkPolicyPlaces, checkServicePolicies } from './check-service-policies.js';
import { checkShadowed } from './check-shadowed.js';
import { checkServiceTls, checkTls } from './check-tls.js';
import { checkUserOrder } from './check-user-order.js';
import type { Config } from './config.js';
import { configSchema } from './config.js';
import { readConfigDirectory, readSource } from './config-directory.js';
import { describeIssues, describeUnknownKey } from './describe-issue.js';
import { type OutsideValues, type Overrides, outsideProblem, readOutsideValues } from './environment.js';
import { listenerPorts } from './listener-ports.js';
import { type MergedFiles, mergeFiles } from './merged-files.js';
import { optionSecrets } from './option-secrets.js';
import { type Origins, originsOf } from './origins.js';
import { parseOptions } from './parse-options.js';
import type { ConfigPath, ConfigProblem, Finding } from './problem.js';
import { isRecord, showValue } from './raw-value.js';
import { omitEmpty, schemaAt, shapeOf } from './schema-walk.js';
import { readSecretFiles } from './secret-files.js';
import { parseSource, problemOf, type Source } from './source.js';
import { readTlsFiles } from './tls-files.js';
import { withWebsocketVariables } from './websocket-variables.js';

/** What a configuration is made of besides its text. */
export interface LoadTextOptions extends Registered {
  readonly env: NodeJS.ProcessEnv;
  /** Flags of the command line. Precedence: these, the environment, the file, the defaults. */
  readonly overrides?: Overrides;
  /** What certificates are held against; the present unless given. */
  readonly now?: Date;
}

export interface LoadOptions extends LoadTextOptions {
  /** The main file, absolute or relative to the working directory. */
  readonly file: string;
}

export type LoadResult =
  | {
      readonly ok: true;
      readonly config: Config;
      readonly warnings: readonly ConfigProblem[];
      /** Every file that was read, the main one first; certificates and keys last. */
      readonly files: readonly string[];
      readonly origins: Origins;
    }
  | { readonly ok: false; readonly errors: readonly ConfigProblem[]; readonly warnings: readonly ConfigProblem[] };

/** Reads a configuration with the files of its `config_dir`. Never throws: all that is wrong is in the result. */
export function loadConfig(options: LoadOptions): LoadResult {
  const { source, problems } = readSource(options.file, options.env);
  if (source !== undefined) return loadSource(source, problems, options);
  const outside = readOutsideValues(options.env, options.overrides);
  return { ok: false, errors: [...problems, ...outside.problems], warnings: [] };
}

/** The same for a text that is in no file; `fileName` stands for it in messages. */
export function loadConfigText(text: string, fileName: string, options: LoadTextOptions): LoadResult {
  const { source, problems } = parseSource(fileName, text, options.env);
  return loadSource(source, problems, options);
}

/**
 * 1. Bring the files together. 2. Put in what the environment and the command line say. 3. Check the shape.
 * 4. Check names and options. 5. With no error left, look for what is hardly meant.
 */
function loadSource(main: Source, syntax: readonly ConfigProblem[], options: LoadTextOptions): LoadResult {
  // 1.
  const directory = readConfigDirectory(main, options.env);
  const sources = [main, ...directory.sources];
  const merged = mergeFiles(main, directory.sources);
  const outside = readOutsideValues(options.env, options.overrides);
  const errors = [...syntax, ...directory.errors, ...merged.errors, ...sources.flatMap(checkTopLevel)];
  const warnings = [...directory.warnings, ...merged.warnings];
  const whole = sources.every(({ value }) => value !== undefined) && directory.errors.length === 0;
  // 2.
  const fileOf = (path: ConfigPath) => merged.position(path, 'value').file;
  const read = omitEmpty(merged.value, configSchema);
  const secrets = readSecretFiles(read, fileOf, optionSecrets(read, options.middlewareTypes));
  const value = withOutsideValues(secrets.value, outside);
  // 3. and 4. Where a file could not be read, what it defines is not known: names are not judged.
  const parsed = configSchema.safeParse(value);
  const optionsParsed = parseOptions(value, options.middlewareTypes, outside.websocket);
  const place = placeIn(merged);
  const tls = readTlsFiles(value, fileOf, options.now ?? new Date());
  const findings = [
    ...describeIssues(parsed.error?.issues ?? [], configSchema, value).filter(notAtTop),
    ...(whole ? checkReferences(value, options) : []),
    ...checkDuplicates(value, place),
    ...checkTls(value),
    ...checkPolicyPlaces(value),
    ...optionsParsed.findings,
    ...tls.errors,
    ...secrets.errors,
  ];
  errors.push(...withoutEchoes(findings.map(merged.problem), errors), ...outside.problems);
  if (parsed.success) errors.push(...checkAdmin(parsed.data).map((finding) => adminProblem(finding, merged, outside)));
  if (errors.length > 0 || !parsed.success) return { ok: false, errors: inOrder(errors, sources), warnings };
  // 5.
  const config = tls.complete(optionsParsed.complete(parsed.data));
  if (listenerPorts(config).length === 0) {
    const problem = outsideProblem(main.file, '', 'no rules: write `host_rules` or `route_rules`');
    return { ok: false, errors: [problem], warnings };
  }
  const doubts = [
    ...checkShadowed(config, place),
    ...checkLimits(config, value),
    ...checkServiceTls(config),
    ...checkServicePolicies(config, value),
    ...checkAdminToken(config),
    ...checkUserOrder(config, options.middlewareTypes),
    ...optionsParsed.doubts,
    ...tls.warnings,
  ];
  warnings.push(...doubts.map(merged.problem), ...optionsParsed.variableDoubts);
  if (config.host_rules.length + config.route_rules.length === 0) {
    warnings.push(outsideProblem(main.file, '', 'no rules: every request gets 404'));
  }
  const files = [...sources.map(({ file }) => file), ...tls.files, ...secrets.files];
  const origins = originsOf(value, merged, outside);
  return { ok: true, config, warnings: inOrder(warnings, sources), files, origins };
}

/** Unknown keys at the top are sought in each file for itself: see `checkTopLevel`. */
function notAtTop({ path, at }: Finding): boolean {
  return path.length > 1 || at === 'value';
}

/** Unknown keys at the top of a file, and files that are no map at all. */
function checkTopLevel(source: Source, index: number): ConfigProblem[] {
  const { value, file } = source;
  if (value === undefined) return [];
  if (value === null) return index === 0 ? [outsideProblem(file, '', 'the file is empty')] : [];
  if (!isRecord(value)) {
    const message = `expected a map with keys such as \`services\` and \`host_rules\`, got ${showValue(value)}`;
    return [problemOf(source, { path: [], at: 'value', message })];
  }
  const section = schemaAt(configSchema, []);
  const known = section === undefined ? undefined : shapeOf(section);
  return Object.keys(value)
    .filter((key) => known === undefined || !Object.hasOwn(known, key))
    .map((key) => problemOf(source, describeUnknownKey([key], section)));
}

function withOutsideValues(read: unknown, outside: OutsideValues): unknown {
  const { port, logLevel, maxTunnels, adminListen, adminToken } = outside;
  const value = withWebsocketVariables(read, outside.websocket);
  const whole = isRecord(value) ? value : {};
  const advanced = whole.advanced ?? {};
  if (!isRecord(advanced)) return value;
  const { admin = adminListen === undefined ? undefined : {} } = advanced;
  const none = port === undefined && logLevel === undefined && maxTunnels === undefined;
  if (none && !isRecord(admin)) return value;
  const log = advanced.log ?? {};
  return {
    ...whole,
    advanced: {
      ...advanced,
      ...(port === undefined ? {} : { port: port.value }),
      ...(maxTunnels === undefined ? {} : { max_tunnels: maxTunnels.value }),
      ...(logLevel === undefined || !isRecord(log) ? {} : { log: { ...log, level: logLevel.value } }),
      ...(isRecord(admin) ? { admin: { ...admin, ...ofAdmin(adminListen, adminToken) } } : {}),
    },
  };
}

function ofAdmin(listen: OutsideValues['adminListen'], token: OutsideValues['adminToken']): Record<string, string> {
  return { ...(listen && { listen: listen.value }), ...(token && { token: token.value }) };
}

/** An address that came from the environment is not looked for in a file. */
function adminProblem(finding: Finding, merged: MergedFiles, { adminListen }: OutsideValues): ConfigProblem {
  return adminListen === undefined
    ? merged.problem(finding)
    : outsideProblem('environment', 'TOYOU_ADMIN_LISTEN', finding.message);
}

function placeIn(merged: MergedFiles): (path: ConfigPath) => string {
  return (path) => {
    const { file, line } = merged.position(path, 'value');
    return `${file}:${line}`;
  };
}

/** A value that was refused already (a variable that is not set) is not refused again for what is left of it. */
function withoutEchoes(problems: readonly ConfigProblem[], earlier: readonly ConfigProblem[]): ConfigProblem[] {
  // The first key of a map in lines begins where the map does: what is refused is told apart by its path.
  const at = ({ file, line, column, path }: ConfigProblem) => `${file}:${line}:${column}:${path}`;
  const refused = new Set(earlier.filter(({ line }) => line > 0).map(at));
  return problems.filter((problem) => !refused.has(at(problem)) && !refused.has(at({ ...problem, path: '' })));
}

/** As a reader meets them: file by file, from top to bottom; what stands in no file last. */
function inOrder(problems: readonly ConfigProblem[], sources: readonly Source[]): ConfigProblem[] {
  const files = new Map(sources.map(({ file }, index) => [file, index]));
  const rank = ({ file }: ConfigProblem) => files.get(file) ?? files.size;
  return [...problems].sort((a, b) => rank(a) - rank(b) || a.line - b.line || a.column - b.column);
}
