import { CertificateFolder } from './certificate-folder.js';

/** Every file that the examples name, in the folder that their `CERTIFICATES` is to be. */
export async function exampleCertificates(): Promise<CertificateFolder> {
  const folder = await CertificateFolder.create();
  for (const host of ['www.example.com', 'partners.example.com', 'proxy']) {
    folder.writeIdentity(host, await folder.authority.issue({ names: [host] }));
  }
  // What signs tokens, as examples/full.yaml has it: the public key of a certificate.
  folder.write('tokens.pem', folder.authority.cert);
  folder.write('internal-ca.pem', folder.authority.cert);
  folder.write('partners-ca.pem', folder.authority.cert);
  return folder;
}
