import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** As every test of tokens shares it: 32 bytes. */
export const SECRET = 'a-secret-of-thirty-two-bytes-0000';

/** When {@link ManualClock} begins, in seconds since 1970. */
export const START = Date.UTC(2026, 0, 1) / 1000;

type Json = Readonly<Record<string, unknown>>;

/** Makes tokens by hand, wrong ones too: nothing of this is what checks them. */
export function tokenOf(claims: Json, key: string | KeyObject = SECRET, header: Json = {}): string {
  const alg = String(header.alg ?? (typeof key === 'string' ? 'HS256' : algorithmFor(key)));
  const signed = `${encoded({ typ: 'JWT', alg, ...header })}.${encoded(claims)}`;
  return `${signed}.${signatureOf(signed, alg, key)}`;
}

/** With an `exp` an hour from the beginning of the clock. */
export function goodToken(claims: Json = {}, key: string | KeyObject = SECRET, header: Json = {}): string {
  return tokenOf({ sub: 'ann', exp: START + 3600, ...claims }, key, header);
}

export const encoded = (json: Json): string => Buffer.from(JSON.stringify(json)).toString('base64url');

const DIGESTS: Readonly<Record<string, string>> = { '256': 'sha256', '384': 'sha384', '512': 'sha512' };

function signatureOf(text: string, alg: string, key: string | KeyObject): string {
  const digest = DIGESTS[alg.slice(2)] ?? 'sha256';
  if (typeof key === 'string') return createHmac(digest, key).update(text).digest('base64url');
  const bytes = Buffer.from(text);
  if (alg.startsWith('Ed')) return sign(null, bytes, key).toString('base64url');
  if (alg.startsWith('ES')) return sign(digest, bytes, { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
  // RSASSA-PSS with a salt as long as the digest (RFC 7518 section 3.5).
  const padding = alg.startsWith('PS') ? { padding: 6, saltLength: -1 } : {};
  return sign(digest, bytes, { key, ...padding }).toString('base64url');
}

function algorithmFor(key: KeyObject): string {
  if (key.asymmetricKeyType === 'rsa') return 'RS256';
  return key.asymmetricKeyType === 'ec' ? 'ES256' : 'EdDSA';
}

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly pem: string;
  /** As it stands in a set of keys. */
  jwk(kid?: string): Json;
}

export function rsaPair(bits = 2048): KeyPair {
  return pairOf(generateKeyPairSync('rsa', { modulusLength: bits }));
}

export function ecPair(namedCurve = 'P-256'): KeyPair {
  return pairOf(generateKeyPairSync('ec', { namedCurve }));
}

export function edPair(): KeyPair {
  return pairOf(generateKeyPairSync('ed25519'));
}

function pairOf({ privateKey, publicKey }: { readonly privateKey: KeyObject; readonly publicKey: KeyObject }): KeyPair {
  return {
    privateKey,
    pem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    jwk: (kid) => ({ ...publicKey.export({ format: 'jwk' }), use: 'sig', ...(kid === undefined ? {} : { kid }) }),
  };
}
