import { CertificateFolder } from './certificate-folder.js';

/** Every file that `examples/tls.yaml` names, in the folder that its `CERTIFICATES` is to be. */
export async function exampleCertificates(): Promise<CertificateFolder> {
  const folder = await CertificateFolder.create();
  for (const host of ['www.example.com', 'partners.example.com']) {
    folder.writeIdentity(host, await folder.authority.issue({ names: [host] }));
  }
  folder.write('internal-ca.pem', folder.authority.cert);
  folder.write('partners-ca.pem', folder.authority.cert);
  return folder;
}
