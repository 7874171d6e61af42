import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A certificate for `localhost` that vouches for itself, and its key: the files that proxies are started with. */
export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
  /** Both in one file, as HAProxy wants them. */
  readonly bundleFile: string;
  /** The certificate in PEM, for whoever is to trust it. */
  readonly pem: string;
}

/** Makes one with openssl: P-256, as most sites have it. Throws an Error that says what is missing. */
export function makeCertificate(folder: string): Certificate {
  const certFile = join(folder, 'cert.pem');
  const keyFile = join(folder, 'key.pem');
  const bundleFile = join(folder, 'bundle.pem');
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const args = ['req', '-x509', ...curve, ...subject, '-days', '30', '-keyout', keyFile, '-out', certFile];
  const { status, error, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
  if (error !== undefined) throw new Error('openssl is missing: apt-get install openssl');
  if (status !== 0) throw new Error(`openssl made no certificate: ${stderr}`);
  const pem = readFileSync(certFile, 'utf8');
  writeFileSync(bundleFile, pem + readFileSync(keyFile, 'utf8'));
  // nginx, run by root, reads them before it becomes somebody else; the folder is entered by its workers.
  chmodSync(folder, 0o711);
  return { certFile, keyFile, bundleFile, pem };
}
