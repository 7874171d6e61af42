import { readFileSync } from 'node:fs';
import path from 'node:path';
import { authorityFaults, certificateFaults, keyFaults, type PemFault, pairFault } from './certificate-faults.js';
import type { Config } from './config.js';
import { reasonOf } from './file-failure.js';
import type { ConfigPath, Finding } from './problem.js';
import { entriesOf, fieldOf, isRecord, itemsOf } from './raw-value.js';
import { type PemFile, pemPath } from './schema-tls.js';

/** The files that the `tls` keys of a configuration name, as far as they can be read. */
export interface TlsFiles {
  readonly errors: readonly Finding[];
  readonly warnings: readonly Finding[];
  /** Every file that was read, as it was opened. */
  readonly files: readonly string[];
  /** The configuration with the texts of its files. */
  complete(config: Config): Config;
}

/**
 * Reads and judges certificates and keys. Works on values as read, whatever their types, so that what is wrong with
 * files is found beside what the schema finds.
 *
 * @param fileOf the file a path was written in: the files it names are relative to its folder
 */
export function readTlsFiles(value: unknown, fileOf: (path: ConfigPath) => string, now: Date): TlsFiles {
  const reading = new Reading(fileOf, now);
  const hosts = itemsOf(fieldOf(value, 'host_rules')).map((rule, index) => {
    const pattern = fieldOf(rule, 'pattern');
    return reading.section(rule, ['host_rules', index], typeof pattern === 'string' ? pattern : undefined);
  });
  const services = new Map(
    entriesOf(fieldOf(value, 'services')).map(([name, service]) => {
      return [name, reading.section(service, ['services', name], undefined)];
    }),
  );
  return {
    errors: reading.findings.filter(({ level }) => level === 'error'),
    warnings: reading.findings.filter(({ level }) => level === 'warning'),
    files: [...reading.texts.keys()],
    complete: (config) => ({
      ...config,
      host_rules: config.host_rules.map((rule, index) => ({ ...rule, ...withTexts(rule.tls, hosts[index]) })),
      services: Object.fromEntries(
        Object.entries(config.services).map(([name, service]) => {
          return [name, { ...service, ...withTexts(service.tls, services.get(name)) }];
        }),
      ),
    }),
  };
}

type Texts = Readonly<Record<string, PemFile>>;

/** A `tls` whose files have their texts; nothing where there is no `tls`. */
function withTexts<Tls>(tls: Tls | undefined, texts: Texts | undefined): { tls?: Tls } {
  return tls === undefined ? {} : { tls: { ...tls, ...texts } };
}

const FILE_KEYS = ['cert', 'key', 'client_ca', 'ca'] as const;

class Reading {
  readonly findings: (Finding & PemFault)[] = [];
  /** By the name each was opened with: many rules name the same files. */
  readonly texts = new Map<string, string | { readonly reason: string }>();
  readonly #fileOf: (path: ConfigPath) => string;
  readonly #now: Date;

  constructor(fileOf: (path: ConfigPath) => string, now: Date) {
    this.#fileOf = fileOf;
    this.#now = now;
  }

  /** The files of one `tls`. @param pattern of the host rule that has it; undefined: it is a service's */
  section(holder: unknown, above: ConfigPath, pattern: string | undefined): Texts {
    const tls = fieldOf(holder, 'tls');
    if (!isRecord(tls)) return {};
    const texts: Record<string, PemFile> = {};
    const at = (key: string): ConfigPath => [...above, 'tls', key];
    for (const key of FILE_KEYS) {
      const named = fieldOf(tls, key);
      const file = typeof named === 'string' ? this.#read(pemPath(named), at(key)) : undefined;
      if (file !== undefined) texts[key] = file;
    }
    const { cert, key, client_ca, ca } = texts;
    if (cert !== undefined) this.#report(certificateFaults(cert.pem, pattern, this.#now), cert, at('cert'));
    if (key !== undefined) this.#report(keyFaults(key.pem), key, at('key'));
    const mismatch = cert === undefined || key === undefined ? undefined : pairFault({ cert: cert.pem, key: key.pem });
    if (mismatch !== undefined && key !== undefined) {
      this.#report([{ level: 'error', message: `${mismatch} ${cert?.file}` }], key, at('key'));
    }
    if (client_ca !== undefined) this.#report(authorityFaults(client_ca.pem, this.#now), client_ca, at('client_ca'));
    if (ca !== undefined) this.#report(authorityFaults(ca.pem, this.#now), ca, at('ca'));
    return texts;
  }

  #read(named: string, at: ConfigPath): PemFile | undefined {
    if (named === '' || /^\s*-----|[\x00-\x1f\x7f]/.test(named)) return undefined;
    const file = path.isAbsolute(named) ? named : path.join(path.dirname(this.#fileOf(at)), named);
    const text = this.texts.get(file) ?? readText(file);
    this.texts.set(file, text);
    if (typeof text === 'string') return { file, pem: text };
    this.#report([{ level: 'error', message: text.reason }], { file }, at);
    return undefined;
  }

  #report(faults: readonly PemFault[], { file }: Pick<PemFile, 'file'>, at: ConfigPath): void {
    for (const { level, message } of faults) {
      this.findings.push({ path: at, at: 'value', level, message: `${file}: ${message}` });
    }
  }
}

function readText(file: string): string | { readonly reason: string } {
  try {
    return readFileSync(file, 'latin1');
  } catch (error) {
    return { reason: reasonOf(error) };
  }
}
