const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'cannot be read: permission denied',
  EISDIR: 'is a directory, not a file',
  ENOTDIR: 'is no directory',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'is not UTF-8 text',
};

/** Why a file cannot be read. */
export function reasonOf(error: unknown): string {
  const code = failureCode(error) ?? '';
  return REASONS[code] ?? `cannot be read: ${code === '' ? String(error) : code}`;
}

/** Of Node or the system, where there is one. */
export function failureCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
