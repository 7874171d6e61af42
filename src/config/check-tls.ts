import type { Config } from './config.js';
import type { ConfigPath, Finding } from './problem.js';
import { entriesOf, fieldOf, itemsOf } from './raw-value.js';

/** Keys of `tls` that need another beside them. Works on values as read, whatever their types. */
export function checkTls(value: unknown): Finding[] {
  const needs = (holder: unknown, path: ConfigPath, key: string, other: string): Finding[] => {
    const tls = fieldOf(holder, 'tls');
    if (fieldOf(tls, key) === undefined || fieldOf(tls, other) !== undefined) return [];
    return [{ path: [...path, 'tls', key], at: 'key', message: `means nothing without \`${other}\`` }];
  };
  return [
    ...itemsOf(fieldOf(value, 'host_rules')).flatMap((rule, index) => {
      return needs(rule, ['host_rules', index], 'client_auth', 'client_ca');
    }),
    ...entriesOf(fieldOf(value, 'services')).flatMap(([name, service]) => [
      ...needs(service, ['services', name], 'cert', 'key'),
      ...needs(service, ['services', name], 'key', 'cert'),
    ]),
  ];
}

/** TLS of services that does less than it seems to. */
export function checkServiceTls(config: Config): Finding[] {
  return Object.entries(config.services).flatMap(([name, { tls, load_balancer }]): Finding[] => {
    if (tls === undefined) return [];
    const path = ['services', name, 'tls'];
    if (!load_balancer.backends.some((backend) => backend.tls)) {
      return [{ path, at: 'key', message: 'has no effect: no url of this service begins with https:// or wss://' }];
    }
    if (tls.verify) return [];
    return [{ path: [...path, 'verify'], at: 'value', message: 'whoever is between can read and change everything' }];
  });
}
