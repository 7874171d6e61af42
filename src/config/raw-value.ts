/** Whether a value read from a file is a map. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value of a key, where the value is a map that has it. */
export function fieldOf(value: unknown, key: string): unknown {
  return isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The items of a list; none where the value is no list. Wrong types are the schema's to report. */
export function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The entries of a map; none where the value is no map. */
export function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return isRecord(value) ? Object.entries(value) : [];
}

/** A value as a message shows it: its type, and itself where it is short. */
export function showValue(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'string') return value.length <= 60 ? `the text ${JSON.stringify(value)}` : 'a long text';
  return String(value);
}

/** The same for a value that nobody is to see. */
export function showKind(value: unknown): string {
  if (typeof value === 'string') return 'other text';
  return typeof value === 'number' || typeof value === 'boolean' ? `a ${typeof value}` : showValue(value);
}
