import type { Config } from '../config/config.js';
import { listenerPorts } from '../config/listener-ports.js';
import { UsageError } from './usage-error.js';

/**
 * The listener that a URL's port leads to.
 * @param asked null: the URL names none
 * @throws UsageError where there is none, or more than one may be meant
 */
export function chooseListener(
  config: Config,
  asked: number | null,
  scheme: 'http' | 'https',
): { readonly port: number; readonly notes: readonly string[] } {
  const ports = listenerPorts(config);
  const wanted = asked ?? (scheme === 'https' ? 443 : 80);
  const notes = scheme === 'https' ? ['listeners speak http: asked as if TLS had ended in front of them'] : [];
  if (ports.includes(wanted)) return { port: wanted, notes };
  const [only, ...more] = ports;
  if (asked === null && only !== undefined && more.length === 0) {
    const note = `nothing listens on port ${wanted}, which the URL stands for: asked of the only listener, port ${only}`;
    return { port: only, notes: [note, ...notes] };
  }
  throw new UsageError(`nothing listens on port ${wanted}: name one of ${ports.join(', ')} in the URL`);
}
