import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { createSecureContext } from 'node:tls';

/** What is wrong with the text of a PEM file: it cannot be used, or not for long. */
export interface PemFault {
  readonly level: 'error' | 'warning';
  readonly message: string;
}

/** A certificate and its key, as they were read. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

const DAY_MS = 86_400_000;
const SOON_DAYS = 14;

/** Of a certificate that is shown to others. @param pattern of the host rule it is for; undefined: for no host */
export function certificateFaults(pem: string, pattern: string | undefined, now: Date): PemFault[] {
  const [leaf] = certificatesIn(pem);
  if (leaf === undefined) return [NO_CERTIFICATE];
  const faults = validityFaults(leaf, now);
  if (pattern !== undefined && !isFor(leaf, pattern)) {
    const names = namesOf(leaf);
    const message = `is for ${names.length === 0 ? 'no host' : names.slice(0, 5).join(', ')}, not for ${pattern}`;
    faults.push({ level: 'error', message });
  }
  return faults;
}

/** Of the certificates that others are judged by: one that has expired only counts for nothing. */
export function authorityFaults(pem: string, now: Date): PemFault[] {
  const certificates = certificatesIn(pem);
  if (certificates.length === 0) return [NO_CERTIFICATE];
  const expired = certificates.filter((certificate) => endOf(certificate) <= now.getTime());
  if (expired.length === 0) return [];
  if (expired.length < certificates.length) return [{ level: 'warning', message: 'holds certificates that expired' }];
  return [{ level: 'error', message: `expired on ${dayOf(endOf(expired[0] as X509Certificate))}` }];
}

export function keyFaults(pem: string): PemFault[] {
  if (/^-----BEGIN ENCRYPTED|^Proc-Type:.*ENCRYPTED/m.test(pem)) {
    return [{ level: 'error', message: 'is encrypted: write the key without a passphrase' }];
  }
  return privateKeyIn(pem) === undefined ? [{ level: 'error', message: 'holds no private key in PEM form' }] : [];
}

/** Why a certificate and a key, each right by itself, cannot be used together; undefined: they can. */
export function pairFault({ cert, key }: KeyPair): string | undefined {
  const [leaf] = certificatesIn(cert);
  const privateKey = privateKeyIn(key);
  if (leaf === undefined || privateKey === undefined) return undefined;
  if (!leaf.checkPrivateKey(privateKey)) return 'does not belong to the certificate';
  try {
    createSecureContext({ cert, key });
    return undefined;
  } catch (error) {
    return `is refused by OpenSSL: ${error instanceof Error ? error.message : String(error)}`;
  }
}

const NO_CERTIFICATE: PemFault = { level: 'error', message: 'holds no certificate in PEM form' };

/** In the order of the file; none where one of them cannot be read. */
function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[\s\S]*?-----END/g) ?? [];
  try {
    return blocks.map((block) => new X509Certificate(`${block} CERTIFICATE-----\n`));
  } catch {
    return [];
  }
}

function privateKeyIn(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

function validityFaults(certificate: X509Certificate, now: Date): PemFault[] {
  const beginMs = Date.parse(certificate.validFrom);
  const endMs = endOf(certificate);
  if (endMs <= now.getTime()) return [{ level: 'error', message: `expired on ${dayOf(endMs)}` }];
  if (beginMs > now.getTime()) return [{ level: 'error', message: `is not valid before ${dayOf(beginMs)}` }];
  const days = Math.floor((endMs - now.getTime()) / DAY_MS);
  if (days >= SOON_DAYS) return [];
  const left = days === 0 ? 'in less than a day' : `in ${days} day${days === 1 ? '' : 's'}`;
  return [{ level: 'warning', message: `expires on ${dayOf(endMs)}, ${left}` }];
}

function endOf(certificate: X509Certificate): number {
  return Date.parse(certificate.validTo);
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** Whether hosts of the pattern may find themselves in it; of `*` and of regexes nobody can say. */
function isFor(certificate: X509Certificate, pattern: string): boolean {
  if (pattern === '*' || pattern.startsWith('~')) return true;
  const host = pattern.toLowerCase().replace(/\.$/, '');
  if (host.startsWith('*.')) return namesOf(certificate).some((name) => name.endsWith(host.slice(1)));
  const address = host.replace(/^\[(.*)\]$/, '$1');
  if (isIP(address) !== 0) return certificate.checkIP(address) !== undefined;
  // Not by the common name of the subject: no client looks there any more (RFC 6125 section 6.4.4).
  return certificate.checkHost(host, { subject: 'never' }) !== undefined;
}

/** The names of its hosts, in lower case. */
function namesOf(certificate: X509Certificate): string[] {
  const names = certificate.subjectAltName?.split(', ') ?? [];
  return names.flatMap((name) => /^(?:DNS|IP Address):(.+)$/.exec(name)?.[1]?.toLowerCase() ?? []);
}
