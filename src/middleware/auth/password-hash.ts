/** A secret as it is stored: itself, or what was made of it. */
export type StoredSecret =
  | { readonly kind: 'plain'; readonly text: string }
  | { readonly kind: 'bcrypt'; readonly text: string }
  | ScryptHash;

export interface ScryptHash {
  readonly kind: 'scrypt';
  readonly text: string;
  readonly salt: Buffer;
  readonly key: Buffer;
  /** RFC 7914 section 2: cost, block size, parallelization. */
  readonly cost: { readonly N: number; readonly r: number; readonly p: number };
}

const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
/** As PHC strings have it: `$scrypt$ln=15,r=8,p=1$salt$key`, both in base64 without padding. */
const SCRYPT = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,})\$([A-Za-z0-9+/]{22,})$/;
/** Text that was meant as a hash. */
const HASH_LIKE = /^(?:\$[a-z0-9-]+\$|\{[A-Z0-9]+\})/i;

const MAX_SCRYPT_BYTES = 64 << 20;
/** 1.3 s of computing at 15. */
const MAX_BCRYPT_COST = 15;

/** Reads a secret of the configuration. */
export function readStoredSecret(text: string): StoredSecret | { readonly fault: string } {
  const [, bcryptCost] = BCRYPT.exec(text) ?? [];
  if (bcryptCost !== undefined) {
    const cost = Number(bcryptCost);
    const fits = cost >= 4 && cost <= MAX_BCRYPT_COST;
    return fits ? { kind: 'bcrypt', text } : { fault: `the cost of a bcrypt hash is 4 to ${MAX_BCRYPT_COST}` };
  }
  const [, ln, r, p, salt, key] = SCRYPT.exec(text) ?? [];
  if (salt !== undefined && key !== undefined) {
    const cost = { N: 2 ** Number(ln), r: Number(r), p: Number(p) };
    const fits = cost.N > 1 && cost.r > 0 && cost.p > 0 && scryptBytes(cost) <= MAX_SCRYPT_BYTES;
    if (!fits) return { fault: 'the costs of this scrypt hash are not possible, or take over 64 MiB' };
    return { kind: 'scrypt', text, cost, salt: Buffer.from(salt, 'base64'), key: Buffer.from(key, 'base64') };
  }
  if (!HASH_LIKE.test(text)) return { kind: 'plain', text };
  return { fault: 'looks like a hash, and is none of bcrypt ("$2b$…") or scrypt ("$scrypt$ln=15,r=8,p=1$…")' };
}

/** What computing it takes (RFC 7914 section 5). */
export function scryptBytes({ N, r, p }: ScryptHash['cost']): number {
  return 128 * r * (N + p + 2);
}
