import { z } from 'zod';
import { section } from './section.js';

/** A file of certificates or of a key. Its text is put in by `loadConfig`, which reads it. */
export interface PemFile {
  /** As written, then as it was opened: relative to the file that names it. */
  readonly file: string;
  readonly pem: string;
}

/** The path that is written: `certs/a.pem`, `/etc/a.pem`, `file:/etc/a.pem`. */
export function pemPath(text: string): string {
  return text.replace(/^file:(?:\/\/(?=\/))?/, '');
}

const pemFile = z
  .string()
  .regex(/^(?!\s*-----)(?!file:(?:\/\/)?$)[^\x00-\x1f\x7f]+$/, { error: 'expected the path of a PEM file' })
  .transform((text): PemFile => ({ file: pemPath(text), pem: '' }))
  .meta({ title: 'file' });

/** TLS towards the clients of one host rule. */
export const hostTlsSchema = section({
  cert: pemFile.describe('Its certificate and those between it and a root, in PEM form.'),
  key: pemFile.describe('The key of the certificate, without a passphrase.'),
  client_ca: pemFile
    .optional()
    .describe('Who signs the certificates of clients. Written: this rule is for clients that have one.'),
  client_auth: z
    .enum(['require', 'optional'])
    .prefault('require')
    .describe('`optional`: clients without a certificate are served too; one that is not valid is refused still.'),
});

/** TLS towards the backends of one service. */
export const serviceTlsSchema = section({
  ca: pemFile.optional().describe("Who signs the backends' certificates. Not written: the authorities Node knows."),
  cert: pemFile.optional().describe('The certificate shown to backends that ask for one.'),
  key: pemFile.optional().describe('The key of `cert`, without a passphrase.'),
  server_name: z
    .string()
    .regex(/^[A-Za-z0-9_](?:[\w.-]*\w)?$/, { error: 'expected a host name such as "api.internal"' })
    .optional()
    .describe("The name asked for and looked for in the certificate. Not written: the host of the backend's url."),
  verify: z.boolean().prefault(true).describe('`false`: any certificate is taken; whoever is between can read along.'),
  min_version: z.enum(['1.2', '1.3']).prefault('1.2').describe('The least version of TLS, in quotes.'),
});
