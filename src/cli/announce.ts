import type { Config } from '../config/config.js';
import { formatAddress } from '../config/listen-address.js';
import { LOG_LEVELS, type Log } from '../exchange/log.js';
import { paint, type Terminal } from './terminal.js';

interface Address {
  readonly address: string;
  readonly port: number;
  readonly scheme: 'http' | 'https';
}

interface Places {
  readonly listeners: readonly Address[];
  /** Of the admin API; null: it is off. */
  readonly admin: string | null;
}

/**
 * Says that the proxy is ready: listeners, routes, services, the admin API. Lines for a reader where the log is for one; else one
 * line of the log; and where the log's level leaves that out, one plain line on standard error.
 */
export function announce(config: Config, { listeners, admin }: Places, log: Log, terminal: Terminal): void {
  const addresses = listeners.map(({ address, port, scheme }) => {
    return `${scheme === 'https' ? 'https://' : ''}${formatAddress(address, port)}`;
  });
  const { format } = config.advanced.log;
  if (format === 'pretty' || (format === 'auto' && terminal.interactive)) {
    for (const line of readyLines(config, addresses, admin, terminal.color.out)) terminal.out(line);
  } else if (LOG_LEVELS.indexOf(log.level) <= LOG_LEVELS.indexOf('info')) {
    const routes = routesOf(config).map(({ pattern, target }) => `${pattern} -> ${target}`);
    const services = Object.keys(config.services);
    log.write('info', `listening on ${addresses.join(', ')}`, {
      listeners: addresses,
      routes,
      services,
      ...(admin === null ? {} : { admin }),
    });
  } else {
    terminal.error(`listening on ${addresses.join(', ')}${admin === null ? '' : `; admin API on ${admin}`}`);
  }
}

function readyLines(config: Config, addresses: readonly string[], admin: string | null, color: boolean): string[] {
  const title = (text: string) => paint(color, 'bold', text);
  const routes = routesOf(config);
  const width = Math.max(0, ...routes.map(({ pattern }) => pattern.length));
  return [
    ...addresses.map((address) => `${title('listening')} on ${paint(color, 'cyan', address)}`),
    ...routes.map(({ pattern, target }) => `${title('route')}     ${pattern.padEnd(width)}  ${target}`),
    ...Object.entries(config.services).map(([name, service]) => {
      const { strategy, backends } = service.load_balancer;
      const urls = backends.map(({ url }) => url).join(', ');
      return `${title('service')}   ${name}  ${urls}${backends.length > 1 ? ` (${strategy})` : ''}`;
    }),
    ...(admin === null ? [] : [`${title('admin')}     ${paint(color, 'cyan', `http://${admin}`)}`]),
  ];
}

function routesOf(config: Config): { pattern: string; target: string }[] {
  const hosts = config.host_rules.flatMap((rule) => {
    const host = `${rule.pattern}:${rule.port}`;
    const paths = rule.route_rules.map(({ pattern, target }) => ({ pattern: `${host}${pattern}`, target }));
    return rule.target === undefined ? paths : [...paths, { pattern: host, target: rule.target }];
  });
  return [...hosts, ...config.route_rules.map(({ pattern, target }) => ({ pattern, target }))];
}
