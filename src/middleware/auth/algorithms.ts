import { createPublicKey, type KeyObject } from 'node:crypto';

/** What a signature may be made with (RFC 7518 section 3.1, RFC 8037, RFC 9864), by the kind of key it takes. */
const BY_KIND = {
  secret: ['HS256', 'HS384', 'HS512'],
  rsa: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  'P-256': ['ES256'],
  'P-384': ['ES384'],
  'P-521': ['ES512'],
  Ed25519: ['EdDSA', 'Ed25519'],
} as const;

export type KeyKind = keyof typeof BY_KIND;
export type Algorithm = (typeof BY_KIND)[KeyKind][number];

/** `none` is not among them, and nothing puts it there. */
export const ALGORITHMS: readonly Algorithm[] = Object.values(BY_KIND).flat();

/** Every algorithm that a key of this kind can check. `remote`: any public key. */
export function algorithmsOf(kind: KeyKind | 'remote'): readonly Algorithm[] {
  return kind === 'remote' ? ALGORITHMS.filter((algorithm) => !isHmac(algorithm)) : BY_KIND[kind];
}

/** Those that hold where none are configured. A secret is for one: whoever wants another says so. */
export function standardAlgorithms(kind: KeyKind | 'remote'): readonly Algorithm[] {
  return kind === 'secret' ? ['HS256'] : algorithmsOf(kind);
}

/** The length of a secret that is as strong as the algorithm (RFC 7518 section 3.2), in bytes. */
export function leastSecretBytes(algorithm: Algorithm): number {
  return isHmac(algorithm) ? Number(algorithm.slice(2)) / 8 : 0;
}

function isHmac(algorithm: Algorithm): boolean {
  return algorithm.startsWith('HS');
}

const LEAST_RSA_BITS = 2048;

const CURVES: Readonly<Record<string, KeyKind>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };

/** Reads a public key, or the one in a certificate. @param pem its text */
export function readPublicKey(pem: string): { readonly key: KeyObject; readonly kind: KeyKind } | { fault: string } {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) return { fault: 'is a private key: take the public one' };
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch {
    return { fault: 'expected a public key or certificate in PEM, or "file:/path" of one' };
  }
  const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case 'rsa':
      if (modulusLength < LEAST_RSA_BITS) return { fault: `${modulusLength} bits are too few: RSA takes 2048 or more` };
      return { key, kind: 'rsa' };
    case 'ec': {
      const kind = CURVES[namedCurve];
      return kind === undefined ? { fault: `the curve ${namedCurve} is not supported` } : { key, kind };
    }
    case 'ed25519':
      return { key, kind: 'Ed25519' };
    default:
      return { fault: `a key of type ${key.asymmetricKeyType} is not supported` };
  }
}
