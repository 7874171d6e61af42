/** The target as a backend gets it that stands behind this base path: `/base` or empty. `*` names no place. */
export function behindBasePath(basePath: string, target: string): string {
  return basePath === '' || target === '*' ? target : basePath + target;
}
