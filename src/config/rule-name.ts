import type { HostRuleConfig, RouteRuleConfig } from './config.js';

/**
 * A rule by what identifies it: `ws.example.com:80` for a host, `ws.example.com:80/ws/*` for a path of it, `/ws/*` for
 * one at top level. Rules of one pattern for different methods share it.
 */
export function ruleName(
  host: Pick<HostRuleConfig, 'pattern' | 'port'> | undefined,
  route?: Pick<RouteRuleConfig, 'pattern'>,
): string {
  return `${host === undefined ? '' : `${host.pattern}:${host.port}`}${route?.pattern ?? ''}`;
}
