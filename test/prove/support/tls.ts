import { CertificateFolder } from '../../support/certificate-folder.js';
import type { Identity } from '../../support/certificates.js';

/** What both sides of a proxy need to speak TLS on 127.0.0.1. */
export interface LoopbackTls {
  readonly folder: CertificateFolder;
  readonly identity: Identity;
  /** `tls` of the host rule, and of every service. */
  readonly rule: string;
  readonly service: string;
}

export async function loopbackTls(): Promise<LoopbackTls> {
  const folder = await CertificateFolder.create();
  const identity = await folder.authority.issue({ names: ['127.0.0.1', 'localhost'] });
  const { cert, key } = folder.writeIdentity('loopback', identity);
  const rule = `tls: { cert: "${cert}", key: "${key}" }`;
  return { folder, identity, rule, service: `tls: { ca: "${folder.caFile}" }` };
}
