import type { CertificateFolder } from './certificate-folder.js';
import type { Identity } from './certificates.js';

const wanted = process.env.TOYOU_TLS ?? '';

/** Which sides of the stage speak TLS: `TOYOU_TLS=in`, `out`, or `both`, as `npm run prove` sets it. */
export const tlsVariant = {
  in: wanted === 'in' || wanted === 'both',
  out: wanted === 'out' || wanted === 'both',
};

export interface StageCertificates {
  readonly folder: CertificateFolder;
  readonly identity: Identity;
  readonly files: { readonly cert: string; readonly key: string };
}

let made: Promise<StageCertificates> | null = null;

/** One certificate for 127.0.0.1, for both sides of every stage of the process. */
export function stageCertificates(): Promise<StageCertificates> {
  made ??= make();
  return made;
}

async function make(): Promise<StageCertificates> {
  // Only where they are needed: what makes certificates takes long to load.
  const { CertificateFolder } = await import('./certificate-folder.js');
  const folder = await CertificateFolder.create();
  const identity = await folder.authority.issue({
    names: ['127.0.0.1', 'localhost', 'other.example', 'a.example', 'b.example'],
  });
  return { folder, identity, files: folder.writeIdentity('stage', identity) };
}
