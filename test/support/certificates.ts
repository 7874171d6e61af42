import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const crypto = webcrypto as unknown as Crypto;
x509.cryptoProvider.set(crypto);

const DAY_MS = 86_400_000;
const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash: 'SHA-256',
};

/** A certificate and its key, in PEM form. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

export interface Wish {
  /** Hosts and IP addresses it is for. */
  readonly names?: readonly string[];
  readonly subject?: string;
  /** Days from now; negative: before. */
  readonly fromDays?: number;
  readonly untilDays?: number;
  readonly algorithm?: 'ECDSA' | 'RSA';
  /** What it may be used for; both sides unless said. */
  readonly usage?: 'server' | 'client';
}

/** Who signs certificates in tests. */
export class Authority {
  /** Its own certificate, in PEM form. */
  readonly cert: string;
  readonly #certificate: x509.X509Certificate;
  readonly #keys: CryptoKeyPair;

  private constructor(certificate: x509.X509Certificate, keys: CryptoKeyPair) {
    this.#certificate = certificate;
    this.#keys = keys;
    this.cert = certificate.toString('pem');
  }

  static async create(
    subject = 'CN=Test Authority',
    life: Pick<Wish, 'fromDays' | 'untilDays'> = {},
  ): Promise<Authority> {
    const keys = await crypto.subtle.generateKey(ECDSA, true, ['sign', 'verify']);
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: serial(),
      name: subject,
      ...lifetime(life),
      signingAlgorithm: ECDSA,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return new Authority(certificate, keys);
  }

  async issue(wish: Wish = {}): Promise<Identity> {
    const { names = [], subject = 'CN=test', algorithm = 'ECDSA', usage } = wish;
    const keys = await crypto.subtle.generateKey(algorithm === 'RSA' ? RSA : ECDSA, true, ['sign', 'verify']);
    const isAddress = (name: string) => /^[\d.]+$|:/.test(name);
    const alternatives = names.map((value) => ({ type: isAddress(value) ? ('ip' as const) : ('dns' as const), value }));
    const usages = [
      ...(usage === 'client' ? [] : [x509.ExtendedKeyUsage.serverAuth]),
      ...(usage === 'server' ? [] : [x509.ExtendedKeyUsage.clientAuth]),
    ];
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serial(),
      issuer: this.#certificate.subject,
      subject,
      ...lifetime(wish),
      signingAlgorithm: ECDSA,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.ExtendedKeyUsageExtension(usages),
        ...(alternatives.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(alternatives)]),
        await x509.AuthorityKeyIdentifierExtension.create(this.#keys.publicKey),
      ],
    });
    const pkcs8 = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
    return { cert: certificate.toString('pem'), key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY') };
  }
}

function lifetime({ fromDays = -1, untilDays = 365 }: Pick<Wish, 'fromDays' | 'untilDays'>) {
  const atDay = (days: number) => new Date(Date.now() + days * DAY_MS);
  return { notBefore: atDay(fromDays), notAfter: atDay(untilDays) };
}

function serial(): string {
  return `4${Buffer.from(webcrypto.getRandomValues(new Uint8Array(15))).toString('hex')}`.slice(0, 30);
}
