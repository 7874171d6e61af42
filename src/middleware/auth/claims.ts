/**
 * A claim by its name: `sub`, `https://example.com/roles`, or, where none has the whole name, a path with dots into
 * maps: `realm_access.roles`. Undefined where there is none.
 */
export function claimOf(claims: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let value: unknown = claims;
  for (const key of name.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, key)) {
      return undefined;
    }
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return value;
}

/** Roles as tokens have them: a list, or words with spaces between (RFC 8693 section 4.2). */
export function rolesIn(value: unknown): ReadonlySet<string> {
  const listed = typeof value === 'string' ? value.split(' ') : Array.isArray(value) ? value : [];
  return new Set(listed.filter((role): role is string => typeof role === 'string' && role !== ''));
}

/** A claim as text for a header field: a list with commas between, a map as JSON; null: there is nothing to say. */
export function claimText(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (Array.isArray(value)) return value.map((item) => claimText(item) ?? '').join(',');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
