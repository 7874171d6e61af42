import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Authority, type Identity } from './certificates.js';

/** Certificates of a test, in a folder of its own that goes with the process. */
export class CertificateFolder {
  readonly authority: Authority;
  readonly folder: string;
  readonly caFile: string;

  private constructor(authority: Authority, folder: string) {
    this.authority = authority;
    this.folder = folder;
    this.caFile = this.write('ca.pem', authority.cert);
  }

  static async create(): Promise<CertificateFolder> {
    const folder = mkdtempSync(join(tmpdir(), 'toyou-certificates-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    return new CertificateFolder(await Authority.create(), folder);
  }

  write(name: string, text: string): string {
    const file = join(this.folder, name);
    writeFileSync(file, text);
    return file;
  }

  /** `cert` and `key` of a `tls` section. */
  writeIdentity(name: string, { cert, key }: Identity): { cert: string; key: string } {
    return { cert: this.write(`${name}.pem`, cert), key: this.write(`${name}.key`, key) };
  }
}
