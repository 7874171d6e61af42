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
): { readonly port: number; readonly scheme: 'http' | 'https'; readonly notes: readonly string[] } {
  const ports = listenerPorts(config);
  const wanted = asked ?? (scheme === 'https' ? 443 : 80);
  if (ports.includes(wanted)) return chosen(config, wanted, scheme, []);
  const [only, ...more] = ports;
  if (asked === null && only !== undefined && more.length === 0) {
    const note = `nothing listens on port ${wanted}, which the URL stands for: asked of the only listener, port ${only}`;
    return chosen(config, only, scheme, [note]);
  }
  throw new UsageError(`nothing listens on port ${wanted}: name one of ${ports.join(', ')} in the URL`);
}

function chosen(config: Config, port: number, asked: 'http' | 'https', notes: readonly string[]) {
  const scheme = config.host_rules.some((rule) => rule.port === port && rule.tls !== undefined) ? 'https' : 'http';
  if (scheme === asked) return { port, scheme, notes } as const;
  const note =
    scheme === 'https'
      ? `port ${port} speaks TLS: asked as if the URL said so`
      : `port ${port} speaks http: asked as if TLS had ended in front of it`;
  return { port, scheme, notes: [...notes, note] } as const;
}
